import assert from 'node:assert/strict';
import type { IncidentDocument, IncidentList } from '../../src/contract/incident.ts';
import { eventually, WITHIN_MS } from './eventually.ts';
import type { Ground, Patient, Write } from './ground.ts';
import type { RunovaServer } from './runova-server.ts';

type State = IncidentDocument['state'];

/** One patient as a case follows it: what the server says of it, and what the cluster has seen. */
export class CaseBook {
  readonly #server: RunovaServer;
  readonly #ground: Ground;
  readonly #withinMs: number;
  readonly patient: Patient;
  #id: number | undefined;

  constructor(options: { readonly server: RunovaServer; readonly ground: Ground; readonly patient: Patient; readonly withinMs?: number }) {
    this.#server = options.server;
    this.#ground = options.ground;
    this.patient = options.patient;
    this.#withinMs = options.withinMs ?? WITHIN_MS;
  }

  /** What Runova changed there, by the cluster's own record. */
  writes(): readonly Write[] {
    return this.#ground.writes(this.patient);
  }

  /** The incident on the patient, or undefined as long as there is none. */
  async incident(): Promise<IncidentDocument | undefined> {
    const { namespace, name } = this.patient;
    if (this.#id === undefined) {
      const list = await this.#server.get<IncidentList>(`/api/v1/incidents?namespace=${namespace}&limit=100`);
      // Those that joined the one that holds the target are closed; the holder came first.
      this.#id = list?.items.filter((one) => one.target?.name === name).at(-1)?.id;
    }
    return this.#id === undefined ? undefined : this.#server.get<IncidentDocument>(`/api/v1/incidents/${this.#id}`);
  }

  /** How many incidents the server has on the patient. */
  async incidentCount(): Promise<number> {
    const { namespace, name } = this.patient;
    const list = await this.#server.get<IncidentList>(`/api/v1/incidents?namespace=${namespace}&limit=100`);
    return list?.items.filter((one) => one.target?.name === name).length ?? 0;
  }

  /** Waits until the incident is as `check` wants it. */
  until(what: string, check: (incident: IncidentDocument) => boolean): Promise<IncidentDocument> {
    const ask = async (): Promise<IncidentDocument | undefined> => {
      const incident = await this.incident();
      return incident !== undefined && check(incident) ? incident : undefined;
    };
    return eventually(`${this.patient.name}: ${what}`, ask, { withinMs: this.#withinMs, state: () => this.#stateOf() });
  }

  untilState(...states: readonly State[]): Promise<IncidentDocument> {
    return this.until(`is ${states.join(' or ')}`, ({ state }) => states.includes(state));
  }

  /** Waits for its end, and asserts that it is this one. */
  async ends(state: 'resolved' | 'handed-over' | 'closed'): Promise<IncidentDocument> {
    const incident = await this.untilState('resolved', 'handed-over', 'closed');
    assert.equal(incident.state, state, `${incident.why}\n${this.#server.log()}`);
    return incident;
  }

  /** Waits until the cluster has seen a change. */
  untilWritten(): Promise<readonly Write[]> {
    const ask = (): readonly Write[] | undefined => (this.writes().length > 0 ? this.writes() : undefined);
    return eventually(`${this.patient.name} is changed`, ask, { withinMs: this.#withinMs, state: () => this.#stateOf() });
  }

  async #stateOf(): Promise<string> {
    const incident = await this.incident();
    if (incident === undefined) return 'there is no incident on it';
    const readings = incident.proof?.readings.map(({ condition, read }) => `${condition}: ${read}`).join(' · ');
    return `incident ${incident.id} is ${incident.state}: ${incident.why}${readings === undefined ? '' : ` (${readings})`}`;
  }
}

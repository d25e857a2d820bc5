import assert from 'node:assert/strict';
import type { IncidentDocument, IncidentSummary } from '../../src/contract/incident.ts';
import type { OperationDocument } from '../../src/contract/operation.ts';
import type { TimelineDocument } from '../../src/contract/timeline.ts';
import { eventually, WITHIN_MS } from './eventually.ts';
import type { Ground, Patient, Write } from './ground.ts';
import type { RunovaServer } from './runova-server.ts';

type State = IncidentDocument['state'];

export interface CaseBookOptions {
  readonly server: RunovaServer;
  readonly ground: Ground;
  readonly patient: Patient;
  /** The quiet window that `resolved` must have been preceded by. */
  readonly holdMs: number;
  readonly withinMs?: number;
}

/** One patient as a case follows it: what the server says of it, and what the cluster has seen. */
export class CaseBook {
  readonly server: RunovaServer;
  readonly patient: Patient;
  readonly #ground: Ground;
  readonly #holdMs: number;
  readonly #withinMs: number;
  #id: number | undefined;

  constructor(options: CaseBookOptions) {
    this.server = options.server;
    this.patient = options.patient;
    this.#ground = options.ground;
    this.#holdMs = options.holdMs;
    this.#withinMs = options.withinMs ?? WITHIN_MS;
  }

  /** What Runova changed there, by the cluster's own record. */
  writes(): readonly Write[] {
    return this.#ground.writes(this.patient);
  }

  /** All incidents that the server has on the patient, oldest first. */
  async incidents(): Promise<readonly IncidentSummary[]> {
    const { namespace, name } = this.patient;
    const list = await this.server.get<{ items: IncidentSummary[] }>(
      `/api/v1/incidents?namespace=${namespace}&limit=100`,
    );
    return (list?.items ?? []).filter((one) => one.target?.name === name).toReversed();
  }

  /** The first incident on the patient, which holds it; undefined as long as there is none. */
  async incident(): Promise<IncidentDocument | undefined> {
    this.#id ??= (await this.incidents())[0]?.id;
    return this.#id === undefined
      ? undefined
      : this.server.get<IncidentDocument>(`/api/v1/incidents/${this.#id}`);
  }

  /** Waits until the incident is as `check` wants it. */
  until(what: string, check: (incident: IncidentDocument) => boolean): Promise<IncidentDocument> {
    const ask = async (): Promise<IncidentDocument | undefined> => {
      const incident = await this.incident();
      return incident !== undefined && check(incident) ? incident : undefined;
    };
    return this.awaits(what, ask);
  }

  /** Waits for anything; when it does not come, says how the incident stands. */
  awaits<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
    const state = (): Promise<string> => this.#stateOf();
    return eventually(`${this.patient.name}: ${what}`, ask, { withinMs: this.#withinMs, state });
  }

  /** Waits for the end of the incident, and asserts that it is this one. */
  async ends(state: 'resolved' | 'handed-over' | 'closed'): Promise<IncidentDocument> {
    const ends: readonly State[] = ['resolved', 'handed-over', 'closed'];
    const incident = await this.until('ends', (one) => ends.includes(one.state));
    assert.equal(incident.state, state, `${await this.#stateOf()}\n${this.server.log()}`);
    this.#assertBalanced(incident);
    return incident;
  }

  /** Waits until it is resolved, and asserts one change before it and the quiet window between them. */
  async endsResolvedByOneWrite(): Promise<{ readonly incident: IncidentDocument; readonly write: Write }> {
    const incident = await this.ends('resolved');
    const [write, ...more] = this.writes();
    assert.ok(write !== undefined && more.length === 0, `one write: ${JSON.stringify(this.writes())}`);
    const quietMs = Date.parse(incident.ended?.at ?? '') - write.atMs;
    assert.ok(
      quietMs >= this.#holdMs,
      `resolved ${quietMs} ms after the effect, the quiet window is ${this.#holdMs} ms`,
    );
    return { incident, write };
  }

  /** Waits until the cluster has seen a change. */
  untilWritten(): Promise<readonly Write[]> {
    return this.awaits('is changed', () => (this.writes().length > 0 ? this.writes() : undefined));
  }

  /** What the server says it did is what the cluster has seen, in both directions, and each for a decision on record. */
  #assertBalanced({ operations, trace }: IncidentDocument): void {
    const done = operations.filter(({ state }) => state === 'done');
    assert.equal(done.length, this.writes().length, 'as many operations as writes');
    for (const operation of done) {
      assert.equal(
        this.writes().filter((write) => isOf(operation, write)).length,
        1,
        `operation ${operation.number} has one write`,
      );
    }
    if (done.length === 0) return;
    assert.ok(
      trace !== undefined && trace.lines.every(({ verdict }) => verdict === 'allow'),
      'every guard allowed it',
    );
  }

  /** How the incident stands, and how it came to it: what one wants to know of a case that failed. */
  async #stateOf(): Promise<string> {
    const incident = await this.incident();
    if (incident === undefined) return 'there is no incident on it';
    const readings = incident.proof?.readings.map(({ condition, read }) => `${condition}: ${read}`) ?? [];
    const story = await this.server.get<TimelineDocument>(`/api/v1/incidents/${incident.id}/timeline`);
    return [
      `incident ${incident.id} is ${incident.state}: ${incident.why}; ${this.writes().length} writes`,
      ...readings,
      ...(story?.items.map(({ at, kind, text }) => `${at} ${kind}: ${text}`) ?? []),
    ].join('\n');
  }
}

/** Every effect carries the operation's id, as field manager or as annotation (engine 4). */
function isOf({ id }: OperationDocument, write: Write): boolean {
  return write.fieldManager === `runova-${id}` || JSON.stringify(write.body).includes(id);
}

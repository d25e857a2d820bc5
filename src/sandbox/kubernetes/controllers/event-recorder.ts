/** Events about objects, counted up when they repeat and gone after their time to live. Source: client-go tools/record. */

import type { Clock } from '../../../ports/clock.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import type { KubeObject } from '../objects.ts';
import { safeHash } from '../random.ts';
import { timestamp } from '../time.ts';
import { ControlClient } from './control-client.ts';

export interface Happening {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
  host?: string;
}

export class EventRecorder {
  readonly #client: ControlClient;
  readonly #clock: Clock;
  readonly #ttlMs: number;

  constructor(api: KubernetesApi, ttlMs: number) {
    this.#client = new ControlClient(api, 'event-recorder');
    this.#clock = api.clock;
    this.#ttlMs = ttlMs;
  }

  /** Records what happened to an object: a new event, or one more of the same. */
  record(about: KubeObject, happening: Happening): void {
    const { name, namespace = 'default', uid } = about.metadata;
    const home = this.#client.api.store.get('namespaces', '', namespace);
    if (home === undefined || home.metadata.deletionTimestamp !== undefined) return;
    const eventName = `${name}.${safeHash([uid, happening.reason, happening.message, happening.component].join('\n'))}`;
    const now = timestamp(this.#clock.now());
    const known = this.#client.api.store.get('events', namespace, eventName);
    if (known !== undefined) {
      this.#client.update('events', known, (live) => ({
        ...live,
        count: live.count + 1,
        lastTimestamp: now,
      }));
      return;
    }
    const { type, reason, message, component, host } = happening;
    const { apiVersion, kind, metadata } = about;
    const involvedObject = {
      kind,
      apiVersion,
      name,
      uid,
      resourceVersion: metadata.resourceVersion,
      ...(metadata.namespace === undefined ? {} : { namespace }),
    };
    const created = this.#client.create('events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      involvedObject,
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component, ...(host === undefined ? {} : { host }) },
      reportingComponent: component,
      reportingInstance: host ?? '',
      eventTime: null,
    });
    this.#expire(created);
  }

  #expire(event: KubeObject): void {
    this.#clock.after(this.#ttlMs, () => {
      const { namespace = '', name } = event.metadata;
      const live = this.#client.api.store.get('events', namespace, name);
      if (live === undefined) return;
      const idleMs = this.#clock.now() - Date.parse(live.lastTimestamp);
      if (idleMs >= this.#ttlMs) this.#client.remove('events', live);
      else this.#expire(event);
    });
  }
}

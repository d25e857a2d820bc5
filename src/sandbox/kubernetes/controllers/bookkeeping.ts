/** What follows from pods: the endpoints of services and the use of quotas. */

import { usageOf } from '../admission.ts';
import type { StoreChange } from '../object-store.ts';
import { isActive, isReady } from '../objects.ts';
import type { Pod, Service } from '../objects.ts';
import { formatQuantity } from '../quantity.ts';
import type { ControlClient } from './control-client.ts';
import { managerClient } from './controller.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

export class Bookkeeping implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #services: WorkQueue;
  readonly #quotas: WorkQueue;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = managerClient(parts.api);
    this.#services = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (key) =>
      this.#syncEndpoints(key),
    );
    this.#quotas = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (key) => this.#syncQuota(key));
  }

  changed({ type, storage, object }: StoreChange): void {
    const { store } = this.#parts.api;
    if (storage === 'services') this.#services.add(keyOf(object));
    if (storage === 'resourcequotas' && type !== 'DELETED') this.#quotas.add(keyOf(object));
    if (storage !== 'pods') return;
    for (const service of store.list('services', object.metadata.namespace)) {
      if (isBehind(service, object as Pod)) this.#services.add(keyOf(service));
    }
    for (const quota of store.list('resourcequotas', object.metadata.namespace))
      this.#quotas.add(keyOf(quota));
  }

  stop(): void {
    this.#services.stop();
    this.#quotas.stop();
  }

  #syncEndpoints(key: string): void {
    const { store } = this.#parts.api;
    const [namespace, name] = splitKey(key);
    const service = store.get('services', namespace, name);
    const known = store.get('endpoints', namespace, name);
    if (service === undefined) {
      if (known !== undefined) this.#client.remove('endpoints', known);
      return;
    }
    const pods = store.list('pods', namespace).filter((pod) => isActive(pod) && isBehind(service, pod));
    const subsets = subsetsOf(service, pods);
    const metadata = { name, namespace };
    if (known !== undefined) this.#client.update('endpoints', known, (live) => ({ ...live, subsets }));
    else this.#client.create('endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets });
  }

  #syncQuota(key: string): void {
    const { store } = this.#parts.api;
    const quota = store.get('resourcequotas', ...splitKey(key));
    if (quota === undefined) return;
    const used = usageOf(store, quota);
    const names = Object.keys(quota.spec.hard ?? {});
    const shown = Object.fromEntries(names.map((name) => [name, formatQuantity(used[name] ?? 0, name)]));
    this.#client.setStatus('resourcequotas', quota, { hard: quota.spec.hard, used: shown });
  }
}

function isBehind({ spec }: Service, pod: Pod): boolean {
  const selector = Object.entries(spec.selector ?? {});
  return selector.length > 0 && selector.every(([label, value]) => pod.metadata.labels?.[label] === value);
}

function subsetsOf(service: Service, pods: readonly Pod[]): unknown[] {
  const addresses = (wanted: boolean): unknown[] =>
    pods
      .filter((pod) => pod.status.podIP !== undefined && isReady(pod) === wanted)
      .map((pod) => ({
        ip: pod.status.podIP,
        nodeName: pod.spec.nodeName,
        targetRef: {
          kind: 'Pod',
          name: pod.metadata.name,
          namespace: pod.metadata.namespace,
          uid: pod.metadata.uid,
        },
      }));
  const [ready, notReady] = [addresses(true), addresses(false)];
  if (ready.length + notReady.length === 0) return [];
  const ports = (service.spec.ports ?? []).map(({ name, port, protocol = 'TCP' }) => ({
    ...(name === undefined ? {} : { name }),
    port,
    protocol,
  }));
  return [
    {
      ...(ready.length === 0 ? {} : { addresses: ready }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
      ports,
    },
  ];
}

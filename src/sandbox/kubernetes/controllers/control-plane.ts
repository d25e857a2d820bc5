/** All controllers of the cluster, wired to the feed of changes. */

import type { ContainerBehaviour } from '../container-behaviour.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import type { Timing } from '../timing.ts';
import { Bookkeeping } from './bookkeeping.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { DeploymentController } from './deployment-controller.ts';
import { DisruptionController } from './disruption-controller.ts';
import { EventRecorder } from './event-recorder.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { HorizontalAutoscaler } from './horizontal-autoscaler.ts';
import { Kubelet } from './kubelet.ts';
import { NodeLifecycle } from './node-lifecycle.ts';
import { ReplicaSetController } from './replica-set-controller.ts';
import { Scheduler } from './scheduler.ts';
import { StatefulSetController } from './stateful-set-controller.ts';

export interface ControlPlane {
  kubelet: Kubelet;
  events: EventRecorder;
  /** Adds a controller of somebody else's (an operator). */
  add(controller: Controller): void;
  stop(): void;
}

/** Starts every controller; each acts asynchronously, on the API's clock. */
export function startControlPlane(
  api: KubernetesApi,
  behaviour: ContainerBehaviour,
  timing: Timing,
): ControlPlane {
  const events = new EventRecorder(api, timing.eventTtlMs);
  const parts: ControllerParts = { api, timing, behaviour, events };
  const kubelet = new Kubelet(parts);
  const controllers: Controller[] = [
    new DeploymentController(parts),
    new ReplicaSetController(parts),
    new StatefulSetController(parts),
    new Scheduler(parts),
    kubelet,
    new NodeLifecycle(parts),
    new DisruptionController(parts),
    new HorizontalAutoscaler(parts),
    new GarbageCollector(parts),
    new Bookkeeping(parts),
  ];
  const unsubscribe = api.store.subscribe((change) => {
    for (const controller of controllers) controller.changed(change);
  });
  return {
    kubelet,
    events,
    add: (controller) => void controllers.push(controller),
    stop: () => {
      unsubscribe();
      for (const controller of controllers) controller.stop();
    },
  };
}

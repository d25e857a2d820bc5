/** What every controller is built from. */

import type { ContainerBehaviour } from '../container-behaviour.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import type { StoreChange } from '../object-store.ts';
import type { Timing } from '../timing.ts';
import { ControlClient } from './control-client.ts';
import type { EventRecorder } from './event-recorder.ts';

export interface ControllerParts {
  api: KubernetesApi;
  timing: Timing;
  behaviour: ContainerBehaviour;
  events: EventRecorder;
}

/** A running controller. It hears of every change and acts on it later. */
export interface Controller {
  changed(change: StoreChange): void;
  stop(): void;
}

/** The client of the controller manager: most controllers share its name. */
export function managerClient(api: KubernetesApi): ControlClient {
  return new ControlClient(api, 'kube-controller-manager');
}

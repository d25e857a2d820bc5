/** The platform in a box, in process: API server, controllers, applications and faults on one clock, without HTTP. */

import type { Clock } from '../ports/clock.ts';
import { Applications } from './exporter/applications.ts';
import { exportMetrics } from './exporter/exporter.ts';
import type { ExporterJob } from './exporter/exporter.ts';
import { FaultBoard } from './faults.ts';
import type { ApiUser } from './kubernetes/access.ts';
import { startControlPlane } from './kubernetes/controllers/control-plane.ts';
import type { ControlPlane } from './kubernetes/controllers/control-plane.ts';
import { KubernetesApi } from './kubernetes/kubernetes-api.ts';
import { REAL_TIMING } from './kubernetes/timing.ts';
import type { Timing } from './kubernetes/timing.ts';
import { WireFaults } from './kubernetes/wire-faults.ts';
import { defaultUsers } from './users.ts';

export interface PlatformOptions {
  clock: Clock;
  timing?: Timing;
  users?: readonly ApiUser[];
  seed?: number;
  /** Time in which memory follows traffic, in milliseconds. */
  memorySettlesMs?: number;
}

export interface Platform {
  clock: Clock;
  api: KubernetesApi;
  applications: Applications;
  controlPlane: ControlPlane;
  wire: WireFaults;
  faults: FaultBoard;
  /** The exporters' text, of one job or of all. */
  metrics(job?: ExporterJob): string;
  stop(): void;
}

const MEMORY_SETTLES_MS = 20_000;

/** An empty platform; `world.ts` fills it. */
export function createPlatform(options: PlatformOptions): Platform {
  const {
    clock,
    timing = REAL_TIMING,
    users = defaultUsers(),
    seed = 1,
    memorySettlesMs = MEMORY_SETTLES_MS,
  } = options;
  const api = new KubernetesApi({ clock, users, seed });
  const isAlive = (node: string): boolean => controlPlane.kubelet.isAlive(node);
  const applications = new Applications({ clock, store: api.store, memorySettlesMs, isAlive });
  const controlPlane = startControlPlane(api, applications, timing);
  const parts = { clock, api, applications, controlPlane, wire: new WireFaults() };
  return {
    ...parts,
    faults: new FaultBoard(parts),
    metrics: (job) => exportMetrics({ store: api.store, applications, isAlive }, job),
    stop: () => controlPlane.stop(),
  };
}

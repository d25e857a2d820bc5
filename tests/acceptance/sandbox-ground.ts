import type { FaultOptions } from '../../src/sandbox/faults.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { buildScratchWorld, type WorkloadPlan } from '../../src/sandbox/world.ts';
import type { HistorySample } from '../neighbours/synthetic-history.ts';
import type { Ground, Patient, PatientPlan, Trouble } from './ground.ts';

const JOBS = ['kube-state-metrics', 'cadvisor', 'applications'] as const;
const REQUESTS_PER_SECOND = 30;
const MEMORY_LIMIT = '512Mi';
const MEBIBYTE = 1024 * 1024;

const FAULTS: Readonly<Record<Trouble, readonly [fault: string, options: FaultOptions]>> = {
  'bad-rollout': ['crash-loop', { cause: 'after-rollout' }],
  'stale-secret': ['crash-loop', { cause: 'stale-secret' }],
  unfixable: ['crash-loop', { cause: 'unfixable' }],
  'memory-pressure': ['memory-pressure', {}],
  // 3 MiB a second: a few seconds to the alert, and some more until the kernel would kill it.
  'memory-leak': ['memory-leak', { mebibytesPerMinute: 180 }],
  'error-burst': ['error-burst', {}],
};

/** Everything that can befall a patient can befall one here. */
export const SANDBOX_TROUBLES: ReadonlySet<Trouble> = new Set(Object.keys(FAULTS) as Trouble[]);

const HOUR_MS = 3_600_000;
const HISTORY_STEP_MS = 500;
/** The past reaches from a minute before the hour to as far as a run may last. */
const HISTORY_BEFORE_MS = 60_000;
const HISTORY_AFTER_MS = 10 * 60_000;

function workload({ namespace, name, replicas, trouble, mode }: PatientPlan): WorkloadPlan {
  return {
    namespace,
    name,
    replicas,
    version: '2.1.0',
    olderVersions: ['2.0.0'],
    memoryLimit: MEMORY_LIMIT,
    requestsPerSecond: REQUESTS_PER_SECOND,
    ...(trouble === 'memory-leak' ? { profile: nearlyFull(replicas) } : {}),
    ...(trouble === 'stale-secret' ? { secret: `${name}-token` } : {}),
    ...(mode === undefined ? {} : { annotations: { 'runova.dev/mode': mode } }),
  };
}

/** A process that uses most of its limit already, so that a leak shows within seconds. */
function nearlyFull(replicas: number): NonNullable<WorkloadPlan['profile']> {
  return {
    baseMemoryBytes: 0.85 * 512 * MEBIBYTE,
    memoryPerRequestBytes: (0.01 * 512 * MEBIBYTE) / (REQUESTS_PER_SECOND / replicas),
  };
}

export interface SandboxGround extends Ground {
  readonly sandbox: Sandbox;
}

/** The platform in a box: its own ledger says what was written. */
export async function startSandboxGround(plans: readonly PatientPlan[]): Promise<SandboxGround> {
  const sandbox = await startSandbox({
    world: (platform) => buildScratchWorld(platform, plans.map(workload)),
  });
  return {
    name: 'the sandbox',
    sandbox,
    troubles: SANDBOX_TROUBLES,
    kubeconfig: sandbox.kubeconfig('runova'),
    scrape: JOBS.map((job) => ({ job, url: `${sandbox.metricsUrl}/${job}` })),
    history: (nowMs) => plans.flatMap((plan) => usualTraffic(plan, nowMs)),
    break: (trouble, patient) => {
      const [fault, options] = FAULTS[trouble];
      sandbox.break(fault, nameOf(patient), options);
      return Promise.resolve();
    },
    writes: ({ namespace, name }) =>
      sandbox.ledger
        .effects('runova')
        .filter((entry) => entry.namespace === namespace && belongsTo(entry.name, name)),
    stop: () => sandbox.stop(),
  };
}

/** A Deployment's own name, or that of one of its pods. */
function belongsTo(object: string, name: string): boolean {
  return (
    object === name ||
    (object.startsWith(`${name}-`) && /^-[a-z0-9]+-[a-z0-9]{5}$/.test(object.slice(name.length)))
  );
}

function nameOf({ namespace, name }: Patient): string {
  return `${namespace}/${name}`;
}

/** Counters of requests an hour ago, of a pod that is gone. */
function usualTraffic({ namespace, name }: Patient, nowMs: number): readonly HistorySample[] {
  const labels = {
    __name__: 'http_requests_total',
    job: 'applications',
    instance: 'an-hour-ago',
    namespace,
    service: name,
    pod: `${name}-5f7d9c6b4-ago11`,
    status: '200',
  };
  const samples: HistorySample[] = [];
  for (let offsetMs = -HISTORY_BEFORE_MS; offsetMs < HISTORY_AFTER_MS; offsetMs += HISTORY_STEP_MS) {
    const value = (REQUESTS_PER_SECOND * (HISTORY_BEFORE_MS + offsetMs)) / 1_000;
    samples.push({ labels, timeMs: nowMs - HOUR_MS + offsetMs, value });
  }
  return samples;
}

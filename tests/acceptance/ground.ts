import type { HistorySample } from '../neighbours/synthetic-history.ts';

/** One workload under test; every case has its own. */
export interface Patient {
  readonly namespace: string;
  readonly name: string;
}

/** What can go wrong with a patient. Each is a real cause; no ground knows alerts or Runova. */
export type Trouble =
  /** The newest revision crashes; the one before it does not. */
  | 'bad-rollout'
  /** A Secret was refreshed; pods that started before it crash. */
  | 'stale-secret'
  /** It crashes and nothing that Runova may do helps. */
  | 'unfixable'
  | 'memory-pressure'
  | 'memory-leak'
  | 'error-burst';

/** One change that Runova's user made, as the API server (or what stands before it) saw it. */
export interface Write {
  /** Arrival, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly fieldManager: string;
  readonly body: unknown;
}

/** A workload that a ground brings up before the cases begin. */
export interface PatientPlan extends Patient {
  readonly replicas: number;
  /** What will befall it: a ground that cannot cause it leaves the patient out. */
  readonly trouble: Trouble;
  /** `runova.dev/mode` on the Deployment. */
  readonly mode?: 'ask';
}

/** A cluster on which the acceptance cases run. */
export interface Ground {
  readonly name: string;
  /** The troubles that this cluster can be given. */
  readonly troubles: ReadonlySet<Trouble>;
  /** With which Runova works: its rights and nothing more. */
  readonly kubeconfig: string;
  /** What Prometheus scrapes. */
  readonly scrape: readonly { readonly job: string; readonly url: string }[];
  /** An hour of traffic as it usually is, where there is traffic. */
  history(nowMs: number): readonly HistorySample[];
  break(trouble: Trouble, patient: Patient): Promise<void>;
  /** What Runova changed there so far: the outside record, in the order of arrival. */
  writes(patient: Patient): readonly Write[];
  stop(): Promise<void>;
}

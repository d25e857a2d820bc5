/** How long things take in the sandbox, in milliseconds. */
export interface Timing {
  /** From a change to the controller that acts on it. */
  controllerMs: number;
  /** From a bound pod to its running container. */
  containerStartMs: number;
  /** From a running container to a ready one. */
  readinessMs: number;
  /** From the deletion of a pod to its end. */
  terminationMs: number;
  heartbeatMs: number;
  /** How often the kubelet looks at the memory of its containers. */
  memoryCheckMs: number;
  /** Without heartbeat for this long a node is Unknown. */
  nodeGraceMs: number;
  /** Pods tolerate a node that is not ready for this long. */
  evictAfterMs: number;
  crashBackOffMs: number;
  crashBackOffMostMs: number;
  /** A container that ran this long starts its back-off anew. */
  crashBackOffResetMs: number;
  autoscalerMs: number;
  eventTtlMs: number;
}

/**
 * As a small cluster behaves. Sources: kubernetes.io pod-lifecycle (back-off 10 s to 300 s, reset after 10 min),
 * kubelet and kube-controller-manager flags (heartbeat 10 s, grace 40 s, tolerations 300 s, autoscaler 15 s, event TTL 1 h).
 */
export const REAL_TIMING: Timing = {
  controllerMs: 50,
  containerStartMs: 2000,
  readinessMs: 3000,
  terminationMs: 1500,
  heartbeatMs: 10_000,
  memoryCheckMs: 5000,
  nodeGraceMs: 40_000,
  evictAfterMs: 300_000,
  crashBackOffMs: 10_000,
  crashBackOffMostMs: 300_000,
  crashBackOffResetMs: 600_000,
  autoscalerMs: 15_000,
  eventTtlMs: 3_600_000,
};

/** Cut short for the demo and for tests on the real clock. */
export const QUICK_TIMING: Timing = {
  ...REAL_TIMING,
  controllerMs: 5,
  containerStartMs: 120,
  readinessMs: 150,
  terminationMs: 80,
  heartbeatMs: 1000,
  memoryCheckMs: 250,
  nodeGraceMs: 3000,
  evictAfterMs: 6000,
  crashBackOffMs: 500,
  crashBackOffMostMs: 4000,
  crashBackOffResetMs: 10_000,
  autoscalerMs: 1000,
};

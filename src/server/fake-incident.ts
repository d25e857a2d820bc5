import type { Incident } from '../domain/incident.ts';
import type { Operation } from '../domain/operation.ts';
import type { Playbook } from '../domain/playbook.ts';

const AT = Date.UTC(2026, 10, 3, 1, 11, 4);
const TARGET = { kind: 'Deployment', namespace: 'shop-prod', name: 'checkout' } as const;

/** The incident of the night, as the flow leaves it: one scale, proved. A test changes what it is about. */
export function fakeIncident(change: Partial<Incident> = {}): Incident {
  return {
    id: 41,
    state: 'resolved',
    openedAtMs: AT,
    severity: 'warning',
    alerts: [
      {
        key: `81fb1270249dfa2f@${AT - 300_000}`,
        fingerprint: '81fb1270249dfa2f',
        startsAtMs: AT - 300_000,
        status: 'firing',
        receivedAtMs: AT,
        labels: {
          alertname: 'HighMemoryUsage',
          namespace: 'shop-prod',
          pod: 'checkout-7d4b9c-x2xkp',
          severity: 'warning',
        },
        annotations: { summary: 'checkout uses 93 % of its memory' },
      },
    ],
    target: TARGET,
    targetThrough: ['pod checkout-7d4b9c-x2xkp', 'ReplicaSet checkout-7d4b9c', 'Deployment checkout'],
    playbook: { name: 'high-memory-usage', version: '3f9c1a2' },
    rung: 0,
    attempts: [
      {
        operation: fakeOperation().id,
        number: '41.1',
        rung: 0,
        action: 'scale',
        summary: 'replicas 3 → 4',
        outcome: 'fixed',
        why: 'all conditions held for 10m',
      },
    ],
    operationsReserved: 1,
    asked: 0,
    proof: {
      sinceMs: AT + 10_000,
      trueSinceMs: AT + 190_000,
      provedAtMs: AT + 790_000,
      looks: 41,
      trueLooks: 41,
      lastLookMs: AT + 790_000,
      readings: [
        {
          condition: 'each pod < 80 % of its limit',
          verdict: 'true',
          read: '71 %  66 %  70 %  64 %',
          rangeMs: 0,
        },
      ],
      rule: 'inactive, evaluated 02:24:11',
      before: {},
    },
    trace: {
      atMs: AT + 1_000,
      rung: 0,
      action: 'scale',
      summary: 'replicas 3 → 4',
      lines: [
        { guard: 'paused', question: 'May it act at all?', verdict: 'allow', read: 'no' },
        {
          guard: 'still firing',
          question: 'Is it the right thing?',
          verdict: 'allow',
          read: 'firing, 9 s old',
        },
        {
          guard: 'parallel',
          question: 'Is it a good time?',
          verdict: 'allow',
          read: '0 running',
          limit: '3',
        },
        {
          guard: 'storm',
          question: 'Is it too much?',
          verdict: 'allow',
          read: '2 targets in 10m',
          limit: '10',
        },
      ],
    },
    ended: { atMs: AT + 800_000, how: 'resolved', why: 'the rule is inactive at its source' },
    recurrences: [],
    ...change,
  };
}

export function fakeOperation(change: Partial<Operation> = {}): Operation {
  return {
    id: '019a4757-6a50-7000-8000-000000000001',
    number: '41.1',
    incident: 41,
    purpose: 'fix',
    rung: 0,
    playbook: 'high-memory-usage',
    alertname: 'HighMemoryUsage',
    plan: {
      action: 'scale',
      target: TARGET,
      uid: '5f0e91c2',
      change: { kind: 'scale', from: 3, to: 4 },
      summary: 'replicas 3 → 4',
      digest: 'c0ffee',
      resourceVersion: '812',
      generation: 17,
      takesAway: 0,
      startsPods: true,
    },
    before: {},
    executor: 'direct',
    state: 'done',
    reservedAtMs: AT + 1_000,
    claimByMs: AT + 301_000,
    claimedAtMs: AT + 9_000,
    actByMs: AT + 69_000,
    nonce: 'must-never-be-shown',
    endedAtMs: AT + 10_000,
    how: 'accepted by the API server',
    verdict: 'fixed',
    ...change,
  };
}

export function fakePlaybook(change: Partial<Playbook> = {}): Playbook {
  return {
    name: 'high-memory-usage',
    title: 'A workload uses nearly all of its memory',
    version: '3f9c1a2',
    rank: 50,
    match: [[{ label: 'alertname', op: '=', value: 'HighMemoryUsage' }]],
    target: { kind: 'Deployment', from: ['pod'] },
    autonomy: 'auto',
    guards: { stateless: true },
    ladder: [
      { action: 'scale', when: [], with: { by: 1 }, giveBackMs: 3_600_000 },
      { action: 'raise-memory', when: [], with: {} },
    ],
    verify: { holdMs: 600_000, timeoutMs: 1_200_000, fixed: [], harm: [] },
    handover: { look: ['kubectl -n $namespace top pods'], try: ['raise the limit in Git'] },
    measures: {},
    ...change,
  };
}

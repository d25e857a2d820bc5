import type { RunovaPlaces } from './runova-server.ts';

export interface RunovaTerms {
  readonly mode: 'observe' | 'auto';
  readonly namespace: string;
  readonly metrics: string;
  readonly alerts: string;
  /** How long a proof may take; longer where it is kept from being told. */
  readonly proofTimeout: string;
  /** The quiet window, instead of 10 and 15 minutes. */
  readonly hold: string;
  /** How long a claimed operation may take, and how long after that a request of it may still have an effect. */
  readonly acting?: {
    readonly actBudget: string;
    readonly requestTimeout: string;
    readonly straggler: string;
  };
}

const ACTING = { actBudget: '20s', requestTimeout: '5s', straggler: '5s' } as const;

/**
 * A configuration as a person would write it. Waiting times are cut from minutes to seconds, and limits are wide,
 * because on this platform everything breaks at once.
 */
export function runovaConfig(terms: RunovaTerms): (places: RunovaPlaces) => string {
  const { actBudget, requestTimeout, straggler } = terms.acting ?? ACTING;
  return ({ kubeconfig, operatorToken, webhookToken, store, port }) => `mode: ${terms.mode}

cluster:
  name: acceptance
  kubernetes: { kubeconfig: ${kubeconfig} }
  alerts: { url: ${terms.alerts} }
  metrics: { url: ${terms.metrics} }

executors: [direct]

changes:
  allow:
    - { namespaces: [${terms.namespace}], kinds: [Deployment] }

limits:
  playbook: 100 per 1h
  namespace: 100 per 1h
  cluster: 100 per 1h
  parallel: 20
  storm: { targets: 10000, share: 100% }

timings:
  lookEvery: 1s
  waitLookEvery: 500ms
  waitLimit: 60s
  claimBy: 30s
  actBudget: ${actBudget}
  requestTimeout: ${requestTimeout}
  straggler: ${straggler}
  holdCap: ${terms.hold}
  rangeCap: 4s
  proofTimeoutCap: ${terms.proofTimeout}
  handedOverLookEvery: 30s
  clearWithin: 60s

server: { listen: "127.0.0.1:${port}" }
access:
  - { name: acceptance, role: operator, tokenFile: ${operatorToken} }
  - { name: alertmanager, role: webhook, tokenFile: ${webhookToken} }
store: sqlite:${store}
`;
}

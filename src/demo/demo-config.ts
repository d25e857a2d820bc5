export interface DemoPlaces {
  readonly kubeconfig: string;
  readonly alerts: string;
  readonly metrics: string;
  readonly store: string;
  readonly port: number;
}

/**
 * A configuration as a person would write it, with every waiting time cut short. Nobody is listed under `access`, so
 * it is open to this computer and to nobody else.
 */
export function demoConfig(places: DemoPlaces): string {
  return `mode: auto

cluster:
  name: demo
  kubernetes: { kubeconfig: ${places.kubeconfig} }
  alerts: { url: ${places.alerts} }
  metrics: { url: ${places.metrics} }

executors: [direct]

changes:
  allow:
    - { namespaces: [shop], kinds: [Deployment] }

timings:
  lookEvery: 500ms
  waitLookEvery: 500ms
  waitLimit: 15s
  claimBy: 15s
  actBudget: 12s
  requestTimeout: 3s
  straggler: 5s
  holdCap: 4s
  rangeCap: 3s
  proofTimeoutCap: 30s
  handedOverLookEvery: 2s
  clearWithin: 20s

server: { listen: "127.0.0.1:${places.port}" }
store: sqlite:${places.store}
`;
}

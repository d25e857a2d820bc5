import type { Chance } from '../../ports/chance.ts';
import type { Clock } from '../../ports/clock.ts';
import { HttpClient } from '../http.ts';
import { KubernetesClient } from './client.ts';
import type { KubernetesAccess } from './kubeconfig.ts';

/**
 * A client of the cluster that `access` leads to. Reads above 50 a second (100 at once) wait: an API server that
 * is in trouble must not get more of it from us.
 */
export function kubernetesClient(
  access: KubernetesAccess,
  surroundings: {
    readonly clock: Clock;
    readonly chance: Chance;
    readonly version: string;
    readonly timeoutMs?: number;
  },
): KubernetesClient {
  const { server: baseUrl, credentials } = access;
  return new KubernetesClient(new HttpClient({ ...surroundings, area: 'kubernetes', baseUrl, credentials }));
}

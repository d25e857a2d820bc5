/** A small platform on a virtual clock, for tests and simulations: no HTTP, no waiting. */

import type { KubeObject } from './kubernetes/objects.ts';
import type { ApiResponse } from './kubernetes/request.ts';
import { createPlatform } from './platform.ts';
import type { Platform, PlatformOptions } from './platform.ts';
import { VirtualClock } from './virtual-clock.ts';
import { buildScratchWorld, isSettled } from './world.ts';
import type { WorkloadPlan } from './world.ts';

export interface ScratchPlatform extends Platform {
  clock: VirtualClock;
  /** Sends a request as a user; `query` may stand behind the path. A patch is a merge patch unless it says otherwise. */
  send(
    user: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): ApiResponse;
  /** The object in the answer of `send`. */
  object(response: ApiResponse): KubeObject;
  /** Lets time pass until every workload is as it wants to be. Throws when that takes more than ten minutes. */
  settle(): void;
}

export const SCRATCH: WorkloadPlan = {
  namespace: 'scratch',
  name: 'web',
  replicas: 3,
  version: '1.1.0',
  olderVersions: ['1.0.0'],
  requestsPerSecond: 30,
  memoryLimit: '512Mi',
};

const MOST_SETTLING_MS = 600_000;

/** Builds the platform and lets it settle. */
export function scratchPlatform(
  plans: readonly WorkloadPlan[] = [SCRATCH],
  options: Partial<PlatformOptions> = {},
): ScratchPlatform {
  const clock = new VirtualClock();
  const platform = createPlatform({ ...options, clock });
  buildScratchWorld(platform, plans);
  const settle = (): void => {
    if (!clock.advanceUntil(() => isSettled(platform), MOST_SETTLING_MS))
      throw new Error('the platform does not settle');
  };
  settle();
  return {
    ...platform,
    clock,
    settle,
    object: (response) => response.body as KubeObject,
    send: (user, method, path, body, headers = {}) => {
      const url = new URL(path, 'http://sandbox');
      const token = platform.api.access.named(user)?.token ?? user;
      return platform.api.handle({
        method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      });
    },
  };
}

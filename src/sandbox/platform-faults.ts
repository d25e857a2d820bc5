/** Faults of the platform under the applications: nodes and the API server. */

import type { Fault, FaultOptions } from './faults.ts';
import type { WireFault } from './kubernetes/wire-faults.ts';

/** The part of a wire fault that its target and options say. */
function wireFault(kind: WireFault['kind'], target: string, options: FaultOptions): WireFault {
  const { methods, times, delayMs, retryAfterSeconds } = options;
  return {
    kind,
    ...(target === '' ? {} : { path: target }),
    ...(methods === undefined ? {} : { methods: String(methods).split(',') }),
    ...(times === undefined ? {} : { times: Number(times) }),
    ...(delayMs === undefined ? {} : { delayMs: Number(delayMs) }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds: Number(retryAfterSeconds) }),
  };
}

const MATCHING = {
  methods: 'that it concerns, with commas (all)',
  times: 'how many requests (all until healed)',
};
const CHANGES = 'POST,PUT,PATCH,DELETE';

/** Every fault of the platform itself. */
export const PLATFORM_FAULTS: readonly Fault[] = [
  {
    name: 'node-down',
    title: 'A node falls silent: no heartbeat, its processes stop answering',
    target: 'node',
    options: {},
    breaks: ({ api, controlPlane }, target) => {
      if (api.store.get('nodes', '', target) === undefined) throw new Error(`no node "${target}"`);
      controlPlane.kubelet.setAlive(target, false);
      return () => controlPlane.kubelet.setAlive(target, true);
    },
  },
  {
    name: 'response-lost',
    title: 'The API server acts, and its answer never arrives',
    target: 'requests',
    options: { ...MATCHING, methods: `that it concerns (${CHANGES})`, times: 'how many requests (1)' },
    breaks: ({ wire }, target, options) =>
      wire.add(wireFault('response-lost', target, { methods: CHANGES, times: 1, ...options })),
  },
  {
    name: 'api-slow',
    title: 'The API server answers late',
    target: 'requests',
    options: {
      ...MATCHING,
      delayMs: 'milliseconds (5000)',
      after: 'true: the effect comes at once, only the answer is late',
    },
    breaks: ({ wire }, target, options) =>
      wire.add(wireFault(options['after'] === true ? 'slow-answer' : 'slow', target, options)),
  },
  {
    name: 'api-unavailable',
    title: 'The API server answers 503',
    target: 'requests',
    options: MATCHING,
    breaks: ({ wire }, target, options) => wire.add(wireFault('unavailable', target, options)),
  },
  {
    name: 'api-overloaded',
    title: 'The API server answers 429 with Retry-After',
    target: 'requests',
    options: { ...MATCHING, retryAfterSeconds: 'what Retry-After says (1)' },
    breaks: ({ wire }, target, options) => wire.add(wireFault('too-many-requests', target, options)),
  },
  {
    name: 'watch-silent',
    title: 'Watches stay open and deliver nothing',
    target: 'requests',
    options: {},
    breaks: ({ api }) => {
      api.silentWatches = true;
      return () => {
        api.silentWatches = false;
      };
    },
  },
];

/**
 * Events have two faces: `v1` and `events.k8s.io/v1`. They are stored once, in the first shape. Names of the fields on
 * either side: kubernetes pkg/apis/core/v1/conversion and staging/src/k8s.io/api/events/v1/types.go.
 */

import type { Fields, KubeObject } from './objects.ts';

function renamed(object: KubeObject, names: readonly (readonly [string, string])[]): Fields {
  const copy: Fields = { ...object };
  for (const [from, to] of names) {
    if (copy[from] === undefined) continue;
    copy[to] = copy[from];
    delete copy[from];
  }
  return copy;
}

const TO_EVENTS_V1 = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
] as const;

const FROM_EVENTS_V1 = TO_EVENTS_V1.map(([core, events]) => [events, core] as const);

/** A stored event as `events.k8s.io/v1` shows it. */
export function toEventsV1(stored: KubeObject): KubeObject {
  const { metadata, kind } = stored;
  return { ...renamed(stored, TO_EVENTS_V1), apiVersion: 'events.k8s.io/v1', kind, metadata };
}

/** An event written through `events.k8s.io/v1`, as it is stored. */
export function fromEventsV1(sent: KubeObject): KubeObject {
  const { metadata, kind } = sent;
  return { ...renamed(sent, FROM_EVENTS_V1), apiVersion: 'v1', kind, metadata };
}

import type { TargetRef } from '../../domain/target.ts';
import type { Pod, TargetView } from '../../domain/workload.ts';
import type { Evidence } from '../../ports/cluster.ts';
import { OpsError } from '../../ports/ops-error.ts';
import { redact } from '../redaction.ts';
import { shown } from '../server-words.ts';
import { pathOf, withQuery } from './client.ts';
import type { KubernetesClient } from './client.ts';
import { timeMs } from './mapping.ts';
import { eventSchema } from './schema.ts';
import type { EventObject } from './schema.ts';

type EventLine = Evidence['events'][number];
type LogText = Evidence['previousLogs'][number];

/** Per container: enough to see why it ended, small enough to keep. */
const LOG_LINES = 200;
const LOG_BYTES = 64 * 1_024;
/** Pods of one target fail alike; the ones that restarted most often tell the most. */
const LOG_CONTAINERS_MAX = 6;
const EVENTS_MAX = 50;
/** A namespace in trouble may hold tens of thousands of events; they are read newest trouble included, not for ever. */
const EVENTS_READ_MAX = 5_000;
const NOTE_LENGTH_MAX = 1_000;

/** Collects evidence and counts what was cut out of it. */
class Bundle {
  readonly missing: string[] = [];
  redacted = 0;

  clean(text: string): string {
    const { text: clean, count } = redact(text);
    this.redacted += count;
    return clean;
  }

  lacks(what: string, error: unknown): void {
    if (!(error instanceof OpsError)) throw error;
    this.missing.push(`${what}: ${error.message}`);
  }
}

function containersThatEnded(
  pods: readonly Pod[],
): readonly { readonly pod: string; readonly container: string }[] {
  return pods
    .flatMap((pod) =>
      pod.containers.map(({ name, restarts }) => ({ pod: pod.name, container: name, restarts })),
    )
    .filter(({ restarts }) => restarts > 0)
    .toSorted((a, b) => b.restarts - a.restarts)
    .slice(0, LOG_CONTAINERS_MAX);
}

/** When an event was last seen: `series` (events.k8s.io) or `lastTimestamp` (core), whichever is newer. */
function lastSeenMs(event: EventObject): number {
  return Math.max(
    timeMs(event.series?.lastObservedTime),
    timeMs(event.lastTimestamp),
    timeMs(event.eventTime),
    timeMs(event.firstTimestamp),
  );
}

function eventLine(event: EventObject, bundle: Bundle): EventLine {
  const { kind, name } = event.involvedObject;
  return {
    atMs: lastSeenMs(event),
    about: `${kind ?? '?'}/${name ?? '?'}`,
    reason: shown(event.reason ?? '', 100),
    note: bundle.clean(shown(event.message ?? '', NOTE_LENGTH_MAX)),
    count: event.series?.count ?? event.count ?? 1,
  };
}

/** Control characters of a log (colours, carriage returns) are taken out; its line breaks and tabs stay. */
function logText(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, (character) =>
    character === '\n' || character === '\t' ? character : '',
  );
}

async function previousLogs(
  client: KubernetesClient,
  view: TargetView,
  bundle: Bundle,
  signal: AbortSignal,
): Promise<readonly LogText[]> {
  const { namespace } = view.workload.ref;
  const logs: LogText[] = [];
  for (const { pod, container } of containersThatEnded(view.pods)) {
    const path = `/api/v1${pathOf('namespaces', namespace, 'pods', pod, 'log')}`;
    const query = { container, previous: 'true', tailLines: LOG_LINES, limitBytes: LOG_BYTES };
    try {
      const text = await client.text(withQuery(path, query), signal);
      logs.push({ pod, container, text: bundle.clean(logText(text)) });
    } catch (error) {
      bundle.lacks(`previous log of ${pod}/${container}`, error);
    }
  }
  return logs;
}

async function events(
  client: KubernetesClient,
  view: TargetView,
  bundle: Bundle,
  signal: AbortSignal,
): Promise<readonly EventLine[]> {
  const { workload, pods, revisions } = view;
  const about = new Set([workload, ...pods, ...revisions].map(({ uid }) => uid));
  const path = `/api/v1${pathOf('namespaces', workload.ref.namespace, 'events')}`;
  try {
    const all = await client.list(eventSchema, path, { itemsMax: EVENTS_READ_MAX, signal });
    return all
      .filter(({ involvedObject }) => about.has(involvedObject.uid ?? ''))
      .toSorted((a, b) => lastSeenMs(b) - lastSeenMs(a))
      .slice(0, EVENTS_MAX)
      .map((event) => eventLine(event, bundle));
  } catch (error) {
    bundle.lacks('events', error);
    return [];
  }
}

/** What would be gone after a restart: previous logs and events of the target, newest first, without secrets. */
export async function evidenceOf(
  client: KubernetesClient,
  view: TargetView,
  takenAtMs: number,
  signal: AbortSignal,
): Promise<Evidence> {
  const bundle = new Bundle();
  const logs = await previousLogs(client, view, bundle, signal);
  const seen = await events(client, view, bundle, signal);
  return { takenAtMs, previousLogs: logs, events: seen, redacted: bundle.redacted, missing: bundle.missing };
}

/** There is nothing to take evidence of; said, not hidden. */
export function noEvidence(ref: TargetRef, takenAtMs: number): Evidence {
  const missing = [`everything: ${ref.kind} ${ref.namespace}/${ref.name} does not exist`];
  return { takenAtMs, previousLogs: [], events: [], redacted: 0, missing };
}

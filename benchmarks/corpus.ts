import { createHash } from 'node:crypto';

/** One group as Alertmanager sends it, ready to be written to a socket: only the start of its alerts is filled in. */
export interface GroupBodies {
  readonly firing: Buffer;
  readonly resolved: Buffer;
  /** Where `startsAt` stands, in both. */
  readonly startsAt: { readonly firing: readonly number[]; readonly resolved: readonly number[] };
}

export interface CorpusShape {
  readonly fingerprints: number;
  readonly alertsPerBody: number;
  /** Fills `alertname`, `namespace` and `deployment`. */
  readonly name?: string;
}

const HOLE = '2000-01-01T00:00:00.000';

/**
 * Groups in the shape of a body that Alertmanager sent (tests/fixtures/alertmanager): about 3.6 kB with five
 * alerts. The same shape gives the same bytes on every run.
 */
export function corpusOf(shape: CorpusShape): readonly GroupBodies[] {
  const groups = Math.max(1, Math.round(shape.fingerprints / shape.alertsPerBody));
  return Array.from({ length: groups }, (_, group) => {
    const firing = Buffer.from(JSON.stringify(bodyOf(shape, group, 'firing')));
    const resolved = Buffer.from(JSON.stringify(bodyOf(shape, group, 'resolved')));
    return { firing, resolved, startsAt: { firing: holes(firing), resolved: holes(resolved) } };
  });
}

function bodyOf(shape: CorpusShape, group: number, status: 'firing' | 'resolved'): unknown {
  const { alertsPerBody, name = 'BenchMemory' } = shape;
  const namespace = `team-${group % 40}`;
  const common = {
    alertname: name,
    cluster: 'hel1-prod',
    namespace,
    severity: 'warning',
    prometheus: 'monitoring/main',
  };
  const alerts = Array.from({ length: alertsPerBody }, (_, index) =>
    alertOf(common, group * alertsPerBody + index, status),
  );
  return {
    receiver: 'runova',
    status,
    alerts,
    groupLabels: { alertname: name, namespace },
    commonLabels: common,
    commonAnnotations: { runbook_url: 'https://runbooks.example.org/memory' },
    externalURL: 'http://alertmanager.monitoring:9093',
    version: '4',
    groupKey: `{}/{severity="warning"}:{alertname="${name}", namespace="${namespace}"}`,
    truncatedAlerts: 0,
  };
}

function alertOf(common: Readonly<Record<string, string>>, number: number, status: string): unknown {
  const deployment = `service-${number}`;
  const labels = {
    ...common,
    deployment,
    pod: `${deployment}-7d4b9c5f6d-x8k2p`,
    container: 'app',
    instance: '10.42.1.17:8080',
  };
  return {
    status,
    labels,
    annotations: {
      summary: `${deployment} uses 93 % of its memory limit`,
      description: `Pod ${labels.pod} in ${common['namespace'] ?? ''} has been above 90 % for 5 minutes.`,
      runbook_url: 'https://runbooks.example.org/memory',
    },
    startsAt: `${HOLE}757382Z`,
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.monitoring:9090/graph?g0.expr=memory_of_limit+%3E+0.9&g0.tab=1',
    fingerprint: createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16),
  };
}

function holes(body: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = body.indexOf(HOLE); at !== -1; at = body.indexOf(HOLE, at + 1)) found.push(at);
  return found;
}

/** What is sent next; `body` is valid until the next call. */
export interface Sending {
  readonly body: Buffer;
  readonly kind: 'fires' | 'repeats' | 'resolves';
}

/**
 * Walks through the groups: each fires anew, every second one is then repeated, and resolves. Of all bodies 40 % are
 * new episodes, 20 % duplicates and 40 % resolved.
 */
export class Traffic {
  readonly #groups: readonly GroupBodies[];
  readonly #startMs: number;
  #round = 0;
  #next = 0;

  constructor(groups: readonly GroupBodies[], startMs: number) {
    this.#groups = groups;
    this.#startMs = startMs;
  }

  /** A copy of the next body. */
  next(): Sending {
    const group = this.#groups[this.#next];
    if (group === undefined) throw new Error('an empty corpus');
    const phase = this.#round % 5;
    // Two episodes in five rounds: fires, repeats, resolves, fires, resolves.
    const kind = (['fires', 'repeats', 'resolves', 'fires', 'resolves'] as const)[phase] ?? 'fires';
    const episode = Math.floor(this.#round / 5) * 2 + (phase >= 3 ? 1 : 0);
    this.#next += 1;
    if (this.#next === this.#groups.length) {
      this.#next = 0;
      this.#round += 1;
    }
    const status = kind === 'resolves' ? 'resolved' : 'firing';
    const body = Buffer.from(group[status]);
    const text = new Date(this.#startMs + episode * 1_000).toISOString().slice(0, HOLE.length);
    for (const at of group.startsAt[status]) body.write(text, at, 'latin1');
    return { body, kind };
  }
}

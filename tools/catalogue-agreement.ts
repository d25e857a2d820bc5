import { z } from 'zod';
import type { AlertClass, AlertTargetKind, Catalogue } from '../src/domain/catalogue.ts';
import { classify, type Classified } from '../src/domain/classify.ts';
import { readExpression } from '../src/domain/expression.ts';

/** One judged alert rule of the reference, as far as it is compared. */
const judgedSchema = z.object({
  alert: z.string(),
  expr: z.string().nullish(),
  labels_static: z.record(z.string(), z.string()).nullish(),
  labels_expected: z.array(z.string()).nullish(),
  target_kind: z.string(),
  target_identifiable: z.enum(['full', 'partial', 'none']),
  safe_auto_action: z.string(),
});
export type JudgedAlert = z.output<typeof judgedSchema>;

/** The words of the reference for classes; everything else there is a remedy, which is class `automatic`. */
const CLASSES: Readonly<Record<string, MarkedClass>> = {
  'diagnose-only': 'diagnose-only',
  'none-informational': 'informational',
  'escalate-human': 'escalate',
  'escalate-security': 'security',
};

/** The reference does not say which kind of person; three classes of ours are its one. */
export type MarkedClass = 'automatic' | 'diagnose-only' | 'informational' | 'escalate' | 'security';
export const MARKED_CLASSES: readonly MarkedClass[] = [
  'automatic',
  'diagnose-only',
  'informational',
  'escalate',
  'security',
];

const SAME: Readonly<Record<AlertClass, MarkedClass>> = {
  security: 'security',
  'data-recovery': 'escalate',
  'infrastructure-change': 'escalate',
  escalate: 'escalate',
  informational: 'informational',
  'diagnose-only': 'diagnose-only',
  automatic: 'automatic',
};

const KINDS: Readonly<Record<string, AlertTargetKind>> = {
  pod: 'Pod',
  deployment: 'Deployment',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
  job: 'Job',
  hpa: 'HorizontalPodAutoscaler',
  pvc: 'PersistentVolumeClaim',
  node: 'Node',
  certificate: 'Certificate',
  secret: 'Secret',
  flux: 'Flux',
  backup: 'Backup',
  postgres: 'Postgres',
  redis: 'Redis',
  kafka: 'Kafka',
  mongodb: 'MongoDB',
  etcd: 'Etcd',
  apiserver: 'ApiServer',
  gateway: 'Gateway',
  gitea: 'Gitea',
  prometheus: 'Prometheus',
  alertmanager: 'Alertmanager',
  loki: 'Loki',
  mimir: 'Mimir',
  other: 'Other',
};

/** Reads lines of JSON. Throws, with the line, where one is none or lacks what is compared. */
export function readJudged(text: string): readonly JudgedAlert[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [judgedSchema.parse(JSON.parse(line))];
    } catch (error) {
      throw new Error(
        `line ${index + 1} is no judged alert: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  });
}

/** What one alert's rule would fire with: its own labels, and a likely value for each of the others. */
export function labelsOf(judged: JudgedAlert): Readonly<Record<string, string>> {
  const told = readExpression(judged.expr ?? '').metrics[0]?.startsWith('kube_') === true;
  const values: Readonly<Record<string, string>> = {
    namespace: 'shop',
    pod: 'checkout-7d9c5b8f4-x2x9k',
    instance: told ? '10.42.0.9:8080' : '10.42.0.17:9100',
    job: told ? 'kube-state-metrics' : 'checkout',
    service: told ? 'kube-state-metrics' : 'checkout',
    node: 'worker-2',
  };
  return {
    alertname: judged.alert,
    ...Object.fromEntries(
      (judged.labels_expected ?? []).map((label) => [label, values[label] ?? 'checkout']),
    ),
    ...judged.labels_static,
  };
}

export interface Compared {
  readonly judged: JudgedAlert;
  readonly expected: MarkedClass;
  readonly found: Classified;
  readonly foundClass: MarkedClass;
  readonly classAgrees: boolean;
  /** Automatic where an expert says that nothing may be done. */
  readonly unsafe: boolean;
  readonly remedyAgrees: boolean;
  readonly kindAgrees: boolean;
  /** Named where labels name it wholly. */
  readonly namedAgrees: boolean;
}

export function compare(judged: JudgedAlert, catalogue: Catalogue): Compared {
  const found = classify(
    {
      labels: labelsOf(judged),
      annotations: {},
      ...(typeof judged.expr === 'string' ? { expression: judged.expr } : {}),
    },
    catalogue,
  );
  const expected = CLASSES[judged.safe_auto_action] ?? 'automatic';
  const foundClass = SAME[found.class];
  return {
    judged,
    expected,
    found,
    foundClass,
    classAgrees: foundClass === expected,
    unsafe: foundClass === 'automatic' && expected !== 'automatic',
    remedyAgrees: found.remedy === judged.safe_auto_action,
    kindAgrees: found.target.of === (KINDS[judged.target_kind] ?? 'Other'),
    namedAgrees: (found.target.kind === 'named') === (judged.target_identifiable === 'full'),
  };
}

export interface Agreement {
  readonly alerts: number;
  readonly classAgrees: number;
  readonly unsafe: number;
  /** Of those that are automatic on both sides. */
  readonly remedyAgrees: number;
  readonly remedies: number;
  readonly kindAgrees: number;
  /** Alerts whose labels name their target wholly, and how many of those have kind and name right. */
  readonly identifiable: number;
  readonly targetAgrees: number;
  /** Expected class, then found class. */
  readonly confusion: Readonly<Record<MarkedClass, Readonly<Record<MarkedClass, number>>>>;
}

function byClass<T>(of: (one: MarkedClass) => T): Record<MarkedClass, T> {
  return {
    automatic: of('automatic'),
    'diagnose-only': of('diagnose-only'),
    informational: of('informational'),
    escalate: of('escalate'),
    security: of('security'),
  };
}

export function agreementOf(all: readonly Compared[]): Agreement {
  const count = (wanted: (one: Compared) => boolean): number => all.filter(wanted).length;
  const full = all.filter(({ judged }) => judged.target_identifiable === 'full');
  const remedies = all.filter(
    ({ expected, foundClass }) => expected === 'automatic' && foundClass === expected,
  );
  const row = (expected: MarkedClass): Record<MarkedClass, number> =>
    byClass((found) => count((one) => one.expected === expected && one.foundClass === found));
  return {
    alerts: all.length,
    classAgrees: count(({ classAgrees }) => classAgrees),
    unsafe: count(({ unsafe }) => unsafe),
    remedyAgrees: remedies.filter(({ remedyAgrees }) => remedyAgrees).length,
    remedies: remedies.length,
    kindAgrees: count(({ kindAgrees }) => kindAgrees),
    identifiable: full.length,
    targetAgrees: full.filter(({ kindAgrees, namedAgrees }) => kindAgrees && namedAgrees).length,
    confusion: byClass(row),
  };
}

/** Halves by a number made from the seed and the name (FNV-1a): the same for everybody, on every machine. */
export function isHeldOut(alert: string, seed: number): boolean {
  let hash = 0x811c9dc5 ^ seed;
  for (const char of `${seed}/${alert}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return ((hash >>> 13) & 1) === 1;
}

import { resolve } from 'node:path';
import type { BudgetLimit } from '../domain/budget.ts';
import { DEFAULT_TIMINGS, type ChangeScope, type Settings, type Timings } from '../domain/settings.ts';
import type { ConfigFile } from './config-schema.ts';
import type { Config, FreezeWindow, KubernetesAccess, Money, SecondChannel, Written } from './config.ts';
import { NEVER_UNLESS_NAMED } from './default-config.ts';

export interface ConfigPlace {
  readonly file: string;
  /** Absolute; relative paths start here. */
  readonly folder: string;
  /** The namespace that Runova itself runs in. */
  readonly namespace?: string;
  readonly written: Written;
}

/** Turns a checked file into what the program works with: plain values, absolute paths, no undefined fields. */
export function toConfig(file: ConfigFile, place: ConfigPlace): Config {
  const at = (path: string): string => resolve(place.folder, path);
  const { cluster } = file;
  return {
    file: place.file,
    settings: toSettings(file, place.namespace),
    kubernetes: toKubernetes(cluster.kubernetes, at),
    alerts: withFiles(cluster.alerts, at),
    metrics: withFiles(cluster.metrics, at),
    ...(cluster.logs === undefined ? {} : { logs: withFiles(cluster.logs, at) }),
    timeZone: cluster.timeZone,
    ...(file.gitea === undefined
      ? {}
      : {
          gitea: {
            ...file.gitea,
            ...withFiles(file.gitea, at),
            tokenFile: at(file.gitea.tokenFile),
          } as NonNullable<Config['gitea']>,
        }),
    executors: file.executors.filter((one) => one !== 'gitea' || file.gitea !== undefined),
    platform: { tenants: [file.platform.tenants].flat(), namespaces: file.platform.namespaces },
    fourEyes: file.approval.fourEyes,
    freeze: file.freeze.map(toFreeze),
    ...(file.budget === undefined ? {} : { budget: file.budget }),
    tell: toTell(file.tell, at),
    maintenance: file.maintenance,
    listen: file.server.listen,
    access: file.access.map((entry) => ({ ...entry, tokenFile: at(entry.tokenFile) })),
    store: { ...file.store, path: file.store.path === ':memory:' ? ':memory:' : at(file.store.path) },
    keep: file.keep,
    playbooks: {
      shipped: file.playbooks.includes('shipped'),
      folders: file.playbooks.filter((one) => one !== 'shipped').map(at),
    },
    written: place.written,
  };
}

type At = (path: string) => string;

/** Drops fields that were not written: `exactOptionalPropertyTypes` tells absent from undefined. */
function defined<T extends object>(fields: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

function withFiles<T extends { readonly tokenFile?: string | undefined }>(
  endpoint: T,
  at: At,
): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return defined(
    endpoint.tokenFile === undefined ? endpoint : { ...endpoint, tokenFile: at(endpoint.tokenFile) },
  );
}

function toKubernetes(written: ConfigFile['cluster']['kubernetes'], at: At): KubernetesAccess {
  if (written === 'in-cluster') return { kind: 'in-cluster' };
  return {
    kind: 'kubeconfig',
    path: at(written.kubeconfig),
    ...(written.context === undefined ? {} : { context: written.context }),
  };
}

function toFreeze({
  name,
  from,
  until,
  cron,
  for: forMs,
  namespaces,
  except,
}: ConfigFile['freeze'][number]): FreezeWindow {
  const scope = { name, except: except ?? [], ...(namespaces === undefined ? {} : { namespaces }) };
  if (cron !== undefined && forMs !== undefined) return { ...scope, kind: 'cron', cron, forMs };
  return { ...scope, kind: 'dates', from: from ?? '', until: until ?? '' };
}

function toTell({ ifThatFails, morning, unknownAlerts }: ConfigFile['tell'], at: At): Config['tell'] {
  return {
    ...(ifThatFails === undefined ? {} : { ifThatFails: toChannel(ifThatFails, at) }),
    ...(morning === undefined ? {} : { morning }),
    newIssuesPerDay: unknownAlerts.newIssuesPerDay,
  };
}

function toChannel(
  { ntfy, webhook, smtp, tokenFile }: NonNullable<ConfigFile['tell']['ifThatFails']>,
  at: At,
): SecondChannel {
  const secret = tokenFile === undefined ? {} : { tokenFile: at(tokenFile) };
  if (smtp !== undefined) return { kind: 'smtp', smtp, ...secret };
  return ntfy === undefined
    ? { kind: 'webhook', url: webhook ?? '', ...secret }
    : { kind: 'ntfy', url: ntfy, ...secret };
}

function toSettings(file: ConfigFile, namespace: string | undefined): Settings {
  const { limits, autonomy, changes } = file;
  const { storm } = limits;
  const allow = changes.allow.map((scope): ChangeScope => defined(scope));
  return {
    clusterName: file.cluster.name,
    mode: file.mode,
    changes: {
      allow,
      never: [...changes.never.map((scope): ChangeScope => defined(scope)), ...neverUnlessNamed(allow)],
    },
    ownNamespaces: [
      ...new Set([...(namespace === undefined ? [] : [namespace]), ...file.cluster.ownNamespaces]),
    ],
    limits: {
      target: { changes: limits.target.changes, cooldownMs: limits.target.cooldown },
      playbook: limits.playbook,
      namespace: limits.namespace,
      cluster: limits.cluster,
      parallel: limits.parallel,
      unavailable: limits.unavailable,
      storm: { targets: storm.targets, share: storm.share, withinMs: storm.within, calmForMs: storm.calmFor },
      breaker: limits.breaker,
    },
    autonomy: { earnSuccesses: autonomy.earn.successes, demoteFailures: autonomy.demote.failures },
    timings: toTimings(file),
    tell: file.tell.through,
    ...(file.budget === undefined ? {} : { budget: toBudgetLimit(file.budget) }),
  };
}

/** Amounts have two decimals at most, so that a hundredfold is whole. */
function toCents({ amount }: Money): number {
  return Math.round(amount * 100);
}

function toBudgetLimit({ monthly, warn, exceeded, prices }: NonNullable<ConfigFile['budget']>): BudgetLimit {
  return {
    monthlyCents: toCents(monthly),
    currency: monthly.currency,
    warn,
    exceeded,
    pricesCents: Object.fromEntries(Object.entries(prices).map(([type, price]) => [type, toCents(price)])),
  };
}

/** What stays forbidden under wide patterns, less what an `allow` line names without a pattern. */
export function neverUnlessNamed(allow: readonly ChangeScope[]): readonly ChangeScope[] {
  const namespaces = new Set(allow.flatMap((scope) => scope.namespaces ?? []));
  const kinds = new Set(allow.flatMap((scope) => scope.kinds ?? []));
  return [
    ...NEVER_UNLESS_NAMED.namespaces
      .filter((one) => !namespaces.has(one))
      .map((one) => ({ namespaces: [one] })),
    ...NEVER_UNLESS_NAMED.kinds.filter((one) => !kinds.has(one)).map((one) => ({ kinds: [one] })),
  ];
}

function toTimings({ timings, approval }: ConfigFile): Timings {
  const written = Object.entries({ ...timings, approval: approval.expires }).filter(
    ([, ms]) => ms !== undefined,
  );
  return { ...DEFAULT_TIMINGS, ...Object.fromEntries(written.map(([name, ms]) => [`${name}Ms`, ms])) };
}

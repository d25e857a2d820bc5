import type { Settings } from '../domain/settings.ts';
import type { ListenAddress, KeepFor, RoutineTime, StorePlace, TimeOfDay } from './config-fields.ts';

/** How another system is reached. `tokenFile` is read at each use, so that a rotated token is taken up. */
export interface Endpoint {
  /** Without a slash at the end. */
  readonly url: string;
  readonly tokenFile?: string;
}

export interface TenantEndpoint extends Endpoint {
  /** Sent as `X-Scope-OrgID`. */
  readonly tenant?: string;
}

export type KubernetesAccess =
  | { readonly kind: 'in-cluster' }
  | { readonly kind: 'kubeconfig'; readonly path: string; readonly context?: string };

export type Role = 'webhook' | 'runner' | 'operator' | 'viewer';

/** One named person or machine. */
export interface AccessEntry {
  readonly name: string;
  readonly role: Role;
  readonly tokenFile: string;
}

/** Dates are text in the cluster's time zone (`2026-12-20` or `2026-12-20T22:00`), `until` excluded. */
export type FreezeWindow = FreezeScope &
  (
    | { readonly kind: 'dates'; readonly from: string; readonly until: string }
    | { readonly kind: 'cron'; readonly cron: string; readonly forMs: number }
  );

export interface FreezeScope {
  readonly name: string;
  /** Only these namespaces; absent: everywhere. */
  readonly namespaces?: readonly string[];
  /** Playbooks that may act all the same. */
  readonly except: readonly string[];
}

export interface Money {
  readonly amount: number;
  readonly currency: string;
}

export interface Budget {
  readonly monthly: Money;
  /** Share of it, 0 to 1. */
  readonly warn: number;
  readonly exceeded: 'refuse-all' | 'refuse-costly';
  /** A month of one node by instance type; `flat` for all others. */
  readonly prices: Readonly<Record<string, Money>>;
}

export interface SecondChannel {
  readonly kind: 'ntfy' | 'webhook' | 'smtp';
  /** Of ntfy and webhook. */
  readonly url?: string;
  readonly smtp?: {
    readonly host: string;
    readonly port: number;
    readonly from: string;
    readonly to: string;
  };
  readonly tokenFile?: string;
}

/** A whole configuration, checked. Paths are absolute. */
export interface Config {
  /** The file it came from; every value's origin is in `origins`. */
  readonly file: string;
  readonly settings: Settings;
  readonly kubernetes: KubernetesAccess;
  readonly alerts: Endpoint;
  readonly metrics: TenantEndpoint;
  readonly logs?: TenantEndpoint;
  readonly timeZone: string;
  readonly gitea?: Endpoint & {
    readonly repository: string;
    readonly tokenFile: string;
    readonly runsOn?: string;
  };
  readonly executors: readonly ('gitea' | 'direct')[];
  readonly platform: {
    readonly tenants: readonly string[];
    readonly namespaces: Readonly<Record<string, string>>;
  };
  /** Whoever wrote or asked for a change may not approve it. */
  readonly fourEyes: boolean;
  readonly freeze: readonly FreezeWindow[];
  readonly budget?: Budget;
  readonly tell: {
    readonly ifThatFails?: SecondChannel;
    readonly morning?: TimeOfDay;
    readonly newIssuesPerDay: number;
  };
  readonly maintenance: Readonly<Record<'daily' | 'weekly' | 'monthly' | 'quarterly', RoutineTime>>;
  readonly listen: ListenAddress;
  readonly access: readonly AccessEntry[];
  readonly store: StorePlace;
  readonly keep: Readonly<Record<'incidents' | 'evidence' | 'ledger', KeepFor>>;
  readonly playbooks: { readonly shipped: boolean; readonly folders: readonly string[] };
  /** The effective configuration as text would have it, and where each value comes from, for `showConfig`. */
  readonly written: Written;
}

export interface Written {
  readonly value: unknown;
  /** By dotted path of whatever is written, sections included: `runova.yaml:12`. All else has its default. */
  readonly origins: ReadonlyMap<string, string>;
}

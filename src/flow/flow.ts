import type { Action } from '../actions/action.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import type { FreezeCalendar } from '../domain/freeze.ts';
import type { Guard } from '../domain/guards/guard.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Settings } from '../domain/settings.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Executor } from '../ports/executor.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Store } from '../ports/store.ts';
import type { SourceLooks } from './source-looks.ts';

/** Everything the story needs, wired once in `app.ts` and passed along whole. */
export interface Flow {
  readonly settings: Settings;
  readonly store: Store;
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** Looks at the source, shared by everything that asks in the same moment. */
  readonly source: SourceLooks;
  /** The playbooks of this moment; an incident keeps the version that it began with. */
  readonly playbooks: () => readonly Playbook[];
  readonly freezes: FreezeCalendar;
  /** What is known of alerts that no playbook is for. */
  readonly catalogue: Catalogue;
  readonly actions: Readonly<Record<string, Action>>;
  readonly guards: readonly Guard[];
  /** In the configured order. */
  readonly executors: readonly Executor[];
  /** SHA-256 in hexadecimal: an approval is for exactly one plan. */
  readonly digest: (text: string) => string;
  /** Aborted when the program stops. */
  readonly signal: AbortSignal;
}

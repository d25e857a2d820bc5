import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Alert, LabelSet } from './alert.ts';
import { routeKey, routesFor, type Route } from './config.ts';
import { AlertGroup, type Notify } from './group.ts';
import { formatMatchers, matchesAll, quoted } from './label-matcher.ts';

/** How often empty groups are dropped; until then a group keeps its rhythm (dispatch.Dispatcher.run). */
const CLEAN_UP_MS = 30_000;

/** Sorts alerts into groups by the routing tree. */
export class Dispatcher {
  readonly #root: Route;
  readonly #clock: Clock;
  readonly #notify: Notify;
  readonly #groups = new Map<string, AlertGroup>();
  readonly #keys = new Map<Route, string>();
  #cancel: Cancel;

  constructor(root: Route, clock: Clock, notify: Notify) {
    this.#root = root;
    this.#clock = clock;
    this.#notify = notify;
    this.#cancel = clock.after(CLEAN_UP_MS, () => this.#cleanUp());
  }

  /** Takes a new or renewed alert. */
  dispatch(alert: Alert): void {
    for (const route of this.routesOf(alert)) {
      const labels = groupLabels(route, alert.labels);
      const key = `${this.#keyOf(route)}:${formatGroupLabels(labels)}`;
      let group = this.#groups.get(key);
      if (group === undefined) {
        group = new AlertGroup({ route, labels, key }, this.#clock, this.#notify);
        this.#groups.set(key, group);
      }
      group.insert(alert);
    }
  }

  /** The routes an alert takes. */
  routesOf(alert: Alert): Route[] {
    return routesFor(this.#root, (matchers) => matchesAll(matchers, alert.labels));
  }

  groups(): AlertGroup[] {
    return [...this.#groups.values()];
  }

  stop(): void {
    this.#cancel();
    for (const group of this.#groups.values()) group.stop();
  }

  #keyOf(route: Route): string {
    const key = this.#keys.get(route) ?? routeKey(route, formatMatchers);
    this.#keys.set(route, key);
    return key;
  }

  #cleanUp(): void {
    for (const [key, group] of this.#groups) {
      if (!group.isEmpty()) continue;
      group.stop();
      this.#groups.delete(key);
    }
    this.#cancel = this.#clock.after(CLEAN_UP_MS, () => this.#cleanUp());
  }
}

function groupLabels(route: Route, labels: LabelSet): LabelSet {
  if (route.groupBy === undefined) return labels;
  const names = new Set(route.groupBy);
  return new Map([...labels].filter(([name]) => names.has(name)));
}

function formatGroupLabels(labels: LabelSet): string {
  return `{${[...labels].map(([name, value]) => `${name}=${quoted(value)}`).join(', ')}}`;
}

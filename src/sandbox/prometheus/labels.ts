/** The labels of one series: no empty values, sorted by name (a missing label and an empty one are the same). */
export type Labels = ReadonlyMap<string, string>;

/** The label that holds the metric's name. */
export const METRIC_NAME = '__name__';

/** The label set without labels. */
export const NO_LABELS: Labels = new Map();

const METRIC_NAME_ONLY: ReadonlySet<string> = new Set([METRIC_NAME]);
const keys = new WeakMap<Labels, string>();

/** A label set of the given pairs; later pairs win, empty values are left out. */
export function labelsOf(pairs: Iterable<readonly [string, string]>): Labels {
  const merged = new Map(pairs);
  return new Map([...merged].filter(([, value]) => value !== '').toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same labels with some set; an empty value removes the label. */
export function withLabels(labels: Labels, changes: Iterable<readonly [string, string]>): Labels {
  return labelsOf([...labels, ...changes]);
}

/** The labels except the named ones. */
export function withoutLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return new Map([...labels].filter(([name]) => !names.has(name)));
}

/** Only the named labels. */
export function onlyLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return new Map([...labels].filter(([name]) => names.has(name)));
}

/** The labels without the metric's name, as every calculation leaves them. */
export function withoutName(labels: Labels): Labels {
  return labels.has(METRIC_NAME) ? withoutLabels(labels, METRIC_NAME_ONLY) : labels;
}

/** A text that is equal for equal label sets and for no others. */
export function labelKey(labels: Labels): string {
  let key = keys.get(labels);
  if (key === undefined) {
    key = JSON.stringify([...labels]);
    keys.set(labels, key);
  }
  return key;
}

/** As a JSON object, in the order of the names. */
export function labelRecord(labels: Labels): Record<string, string> {
  return Object.fromEntries(labels);
}

/** As Prometheus prints a series: `name{a="b", c="d"}`. */
export function formatLabels(labels: Labels): string {
  const pairs = [...withoutName(labels)].map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const name = labels.get(METRIC_NAME) ?? '';
  return name !== '' && pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`;
}

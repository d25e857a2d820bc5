import type { Labels } from './alert.ts';
import type { Component, RuleTerms, Terms } from './catalogue.ts';
import type { Expression, Selector } from './expression.ts';
import { hasTerm, wordsOf, type Words } from './words.ts';

/** An alert and its rule, taken apart once, so that every rule of the catalogue looks at the same things. */
export interface AlertTerms {
  readonly name: Words;
  readonly labels: Labels;
  readonly metrics: readonly string[];
  readonly calls: ReadonlySet<string>;
  readonly selectors: readonly { readonly label: string; readonly value: Words }[];
}

export function alertTerms(labels: Labels, expression: Expression | undefined): AlertTerms {
  return {
    name: wordsOf(labels['alertname'] ?? ''),
    labels,
    metrics: (expression?.metrics ?? []).map((metric) => metric.toLowerCase()),
    calls: new Set(expression?.calls),
    selectors: (expression?.selectors ?? []).map(({ label, value }: Selector) => ({
      label,
      value: wordsOf(value),
    })),
  };
}

/** A name of a metric against `exact`, `family_*`, `*_suffix` or `*middle*`. */
function isMetric(metric: string, term: string): boolean {
  const inner = term.replaceAll('*', '');
  const before = term.startsWith('*');
  const after = term.endsWith('*');
  if (before && after) return metric.includes(inner);
  if (before) return metric.endsWith(inner);
  return after ? metric.startsWith(inner) : metric === inner;
}

function hasSelector({ selectors }: AlertTerms, term: string): boolean {
  const cut = term.indexOf('=');
  const label = cut === -1 ? undefined : term.slice(0, cut);
  const words = term.slice(cut + 1);
  return selectors.some((one) => (label === undefined || one.label === label) && hasTerm(one.value, words));
}

type Field = keyof Terms;
const FIELDS: readonly Field[] = ['name', 'metric', 'selector', 'call', 'label', 'severity'];

function holds(alert: AlertTerms, field: Field, term: string): boolean {
  switch (field) {
    case 'name':
      return hasTerm(alert.name, term);
    case 'metric':
      return alert.metrics.some((metric) => isMetric(metric, term));
    case 'selector':
      return hasSelector(alert, term);
    case 'call':
      return alert.calls.has(term);
    case 'label':
      return (alert.labels[term] ?? '') !== '';
    case 'severity':
      return (alert.labels['severity'] ?? '').toLowerCase() === term;
  }
}

/** Of one field any term; undefined when the field asks nothing. */
export function anyOf(alert: AlertTerms, terms: Terms, field: Field): boolean | undefined {
  const wanted = terms[field];
  return wanted === undefined || wanted.length === 0
    ? undefined
    : wanted.some((term) => holds(alert, field, term));
}

/** Every field that asks something must hold. */
export function fits(alert: AlertTerms, when: RuleTerms, component: Component): boolean {
  return (
    isAmong(when.component, [component.name]) !== false &&
    isAmong(when.trait, component.traits) !== false &&
    FIELDS.every((field) => anyOf(alert, when, field) !== false)
  );
}

/** Does anything of these hold? */
export function fitsAny(alert: AlertTerms, unless: RuleTerms, component: Component): boolean {
  return (
    isAmong(unless.component, [component.name]) === true ||
    isAmong(unless.trait, component.traits) === true ||
    FIELDS.some((field) => anyOf(alert, unless, field) === true)
  );
}

function isAmong(wanted: readonly string[] | undefined, has: readonly string[]): boolean | undefined {
  return wanted === undefined || wanted.length === 0 ? undefined : wanted.some((one) => has.includes(one));
}

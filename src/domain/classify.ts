import { alertTerms, anyOf, fits, fitsAny, type AlertTerms } from './alert-terms.ts';
import type { Labels } from './alert.ts';
import {
  ALERT_CLASSES,
  type Advice,
  type AlertClass,
  type Alias,
  type Catalogue,
  type CatalogueRule,
  type Component,
  type Remedy,
} from './catalogue.ts';
import { readExpression } from './expression.ts';
import { filledAdvice } from './filled-advice.ts';
import { targetFromLabels, type LabelTarget } from './target-labels.ts';
import { termAt } from './words.ts';

/** What is known of an alert before anything was looked at. */
export interface KnownAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** The query of its rule, as the source has it: never as an alert tells it. */
  readonly expression?: string;
}

export interface Classified {
  readonly class: AlertClass;
  /** With class `automatic` only. */
  readonly remedy?: Remedy;
  /** The name of a component of the catalogue; `unknown` where none fits. */
  readonly component: string;
  readonly target: LabelTarget;
  readonly advice: Advice;
  /** For people: which rule decided, and what it says. */
  readonly why: string;
}

/** Stands for a component where none fits. */
const UNKNOWN: Component = {
  name: 'unknown',
  kind: 'Other',
  traits: [],
  leads: false,
  known: {},
  advice: { look: [], try: [] },
};

/** Where neither rule nor component says more: what shows what it is about. */
const GENERAL_ADVICE: Advice = {
  look: [
    'kubectl -n $namespace get events --sort-by=.lastTimestamp',
    "the rule's expression in the source, without its threshold: since when, on which series",
    'what was rolled out or reconciled shortly before it began',
  ],
  try: ['No change before its cause is found.'],
};

/**
 * Says what kind of trouble an alert is, for an alert of any name. Pure; bounded in time by the lengths of its
 * inputs. What no rule knows is `diagnose-only`: a class that acts is never a guess. `automatic` needs the rule's own
 * query as a witness, because a name is only text that a sender chose; the runbook's names are the exception.
 */
export function classify(alert: KnownAlert, catalogue: Catalogue): Classified {
  const name = alert.labels['alertname'] ?? '';
  const expression = alert.expression === undefined ? undefined : readExpression(alert.expression);
  const terms = alertTerms(alert.labels, expression);
  const alias = catalogue.aliases.find(({ names }) => names.includes(name));
  return alias === undefined ? fromRules(alert, terms, catalogue) : fromAlias(alert, terms, alias, catalogue);
}

function fromRules(alert: KnownAlert, terms: AlertTerms, catalogue: Catalogue): Classified {
  const component = componentOf(terms, catalogue.components);
  const rule = firstRule(terms, catalogue.rules, component);
  // What an exporter's own alert carries is the exporter's, and for once rightly so.
  const isExporters = component.traits.includes('exporter');
  const target = targetFromLabels(
    alert.labels,
    rule?.kind ?? component.kind,
    isExporters ? undefined : terms.metrics,
  );
  return {
    ...judged(terms, rule, component),
    component: component.name,
    target,
    advice: filledAdvice(joined(rule?.advice, component.advice), target, alert.labels),
  };
}

function fromAlias(
  alert: KnownAlert,
  terms: AlertTerms,
  alias: Alias,
  { components }: Catalogue,
): Classified {
  const component = components.find(({ name }) => name === alias.component) ?? UNKNOWN;
  const target = targetFromLabels(alert.labels, alias.kind, terms.metrics);
  return {
    class: alias.class,
    ...(alias.remedy === undefined ? {} : { remedy: alias.remedy }),
    component: alias.component,
    target,
    advice: filledAdvice(joined(alias.advice, component.advice), target, alert.labels),
    why: `known as ${alias.alert}: ${alias.why}`,
  };
}

/** By name first (people name alerts after the part that they are about), then by what the rule reads. */
function componentOf(terms: AlertTerms, components: readonly Component[]): Component {
  const general = components.filter(({ traits }) => traits.includes(GENERAL));
  const particular = components.filter(({ traits }) => !traits.includes(GENERAL));
  return (
    recognised(terms, particular) ??
    recognised(terms, general) ??
    components.find(({ known }) => anyOf(terms, known, 'label') === true) ??
    UNKNOWN
  );
}

/** A component of requests in general: `High request latency` of Kafka is about Kafka. */
const GENERAL = 'general';

function recognised(terms: AlertTerms, components: readonly Component[]): Component | undefined {
  return (
    namedComponent(terms, components) ??
    components.find(({ known }) => anyOf(terms, known, 'selector') === true) ??
    components.find(({ known }) => anyOf(terms, known, 'metric') === true)
  );
}

/** `MimirIngesterKafkaFetchErrors` is about Mimir: what stands first in a name. */
function namedComponent(terms: AlertTerms, components: readonly Component[]): Component | undefined {
  const found = components.flatMap((component) => {
    const at = (component.known.name ?? [])
      .map((term) => termAt(terms.name, term))
      .filter((place) => place >= 0);
    return at.length === 0 ? [] : [{ component, at: component.leads ? -1 : Math.min(...at) }];
  });
  return found.toSorted((a, b) => a.at - b.at)[0]?.component;
}

/** The most careful class wins; within it a rule that the query speaks for, then the order of the files. */
function firstRule(
  terms: AlertTerms,
  rules: readonly CatalogueRule[],
  component: Component,
): CatalogueRule | undefined {
  const fitting = rules.filter(
    (rule) => fits(terms, rule.when, component) && !fitsAny(terms, rule.unless, component),
  );
  for (const one of ALERT_CLASSES) {
    const found = fitting.filter((rule) => rule.class === one);
    if (found.length > 0) return found.find((rule) => isWitnessed(terms, rule, component)) ?? found[0];
  }
  return undefined;
}

type Judged = Pick<Classified, 'class' | 'remedy' | 'why'>;

function judged(terms: AlertTerms, rule: CatalogueRule | undefined, component: Component): Judged {
  if (rule === undefined) {
    const of = component === UNKNOWN ? 'nothing in the catalogue fits' : `a symptom of ${component.name}`;
    return { class: 'diagnose-only', why: `${of}: the cause decides` };
  }
  if (rule.class === 'automatic' && !isWitnessed(terms, rule, component))
    return {
      class: 'diagnose-only',
      why: `${rule.name} by its name alone, which is no reason to act: ${rule.why}`,
    };
  return {
    class: rule.class,
    ...(rule.class === 'automatic' && rule.remedy !== undefined ? { remedy: rule.remedy } : {}),
    why: `${rule.name}: ${rule.why}`,
  };
}

/** Does the source's own query speak of the same thing as the name? */
function isWitnessed(terms: AlertTerms, rule: CatalogueRule, component: Component): boolean {
  const { known } = component;
  return [
    anyOf(terms, rule.when, 'metric'),
    anyOf(terms, rule.when, 'selector'),
    anyOf(terms, known, 'metric'),
    anyOf(terms, known, 'selector'),
  ].includes(true);
}

function joined(first: Advice | undefined, second: Advice): Advice {
  const all = first === undefined ? [second] : [first, second];
  const look = [...new Set(all.flatMap((one) => one.look))];
  const attempt = [...new Set(all.flatMap((one) => one.try))];
  return {
    look: look.length === 0 ? GENERAL_ADVICE.look : look,
    try: attempt.length === 0 ? GENERAL_ADVICE.try : attempt,
  };
}

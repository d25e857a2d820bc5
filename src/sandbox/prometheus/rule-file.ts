import { parse } from 'yaml';
import { parseDuration } from './duration.ts';
import type { Expression } from './expression.ts';
import { parseExpression } from './parser.ts';
import { checkTemplate } from './template.ts';

/** A rule that alerts on every element of its expression. */
export interface AlertRule {
  readonly kind: 'alert';
  readonly name: string;
  readonly expression: Expression;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule that stores the value of its expression under a new name. */
export interface RecordingRule {
  readonly kind: 'record';
  readonly name: string;
  readonly expression: Expression;
  readonly labels: Readonly<Record<string, string>>;
}

/** Rules evaluated together, in their order. */
export interface RuleGroup {
  readonly name: string;
  /** Undefined takes the evaluation interval of the whole. */
  readonly intervalMs: number | undefined;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** Rule groups as they are written in a rule file. */
export interface RuleFile {
  readonly groups: readonly RuleFileGroup[];
}

export interface RuleFileGroup {
  readonly name: string;
  readonly interval?: string | number;
  readonly rules: readonly RuleFileRule[];
}

export interface RuleFileRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string | number;
  readonly for?: string | number;
  readonly keep_firing_for?: string | number;
  readonly labels?: Readonly<Record<string, string | number | boolean>>;
  readonly annotations?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Reads rules in the standard rule-file format, as YAML text or as its parsed content.
 * Throws an `Error` that names group and rule.
 */
export function parseRules(rules: string | RuleFile): RuleGroup[] {
  const file = typeof rules === 'string' ? (parse(rules) as RuleFile | null) : rules;
  return (file?.groups ?? []).map((group) => ({
    name: group.name,
    intervalMs: group.interval === undefined ? undefined : duration(group.interval, group.name),
    rules: (group.rules ?? []).map((rule) => parseRule(rule, group.name)),
  }));
}

function parseRule(rule: RuleFileRule, group: string): AlertRule | RecordingRule {
  const name = rule.alert ?? rule.record;
  const where = `group "${group}", rule "${name ?? '?'}"`;
  if (name === undefined || (rule.alert !== undefined && rule.record !== undefined)) {
    throw new Error(`${where}: one of 'record' and 'alert' must be set`);
  }
  const expression = expressionOf(rule, where);
  if (rule.record !== undefined)
    return { kind: 'record', name, expression, labels: templates(rule.labels, where) };
  return {
    kind: 'alert',
    name,
    expression,
    forMs: duration(rule.for ?? '0s', where),
    keepFiringForMs: duration(rule.keep_firing_for ?? '0s', where),
    labels: templates(rule.labels, where),
    annotations: templates(rule.annotations, where),
  };
}

function expressionOf(rule: RuleFileRule, where: string): Expression {
  try {
    return parseExpression(String(rule.expr));
  } catch (error) {
    throw new Error(
      `${where}: could not parse expression: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

function duration(text: string | number, where: string): number {
  const durationMs = parseDuration(String(text));
  if (durationMs === undefined) throw new Error(`${where}: not a valid duration string: "${text}"`);
  return durationMs;
}

function templates(
  record: Readonly<Record<string, string | number | boolean>> | undefined,
  where: string,
): Record<string, string> {
  const texts = Object.entries(record ?? {}).map(([name, value]) => [name, String(value)] as const);
  for (const [name, text] of texts) {
    try {
      checkTemplate(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${where}: "${name}": template: ${reason}`, { cause: error });
    }
  }
  return Object.fromEntries(texts);
}

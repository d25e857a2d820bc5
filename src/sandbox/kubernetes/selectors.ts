/** Label and field selectors: which objects a list, a watch or a controller means. */

import { isFields, textOf } from './objects.ts';
import type { KubeObject, LabelSelector } from './objects.ts';
import { badRequest } from './status-error.ts';

export type Predicate = (object: KubeObject) => boolean;

/** True when the labels satisfy the selector of an object's spec. An empty selector selects everything. */
export function selects(
  selector: LabelSelector | undefined,
  labels: Record<string, string> | undefined,
): boolean {
  if (selector === undefined) return false;
  const given = labels ?? {};
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => given[key] === value);
  return (
    exact &&
    (selector.matchExpressions ?? []).every((rule) =>
      holds(rule.operator, given[rule.key], rule.values ?? []),
    )
  );
}

function holds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`);
  }
}

const SET_BASED = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const EXISTENCE = /^(!?)\s*([^\s!=,()]+)$/;

/** Reads the `labelSelector` of a request. Throws 400 for a text that is none. */
export function parseLabelSelector(text: string): Predicate {
  const rules = splitOutside(text).map(parseLabelRule);
  return (object) => rules.every((rule) => rule(object.metadata.labels ?? {}));
}

function splitOutside(text: string): string[] {
  return text
    .split(/,(?![^()]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseLabelRule(part: string): (labels: Record<string, string>) => boolean {
  const set = SET_BASED.exec(part);
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return (labels) => holds(set[2] === 'in' ? 'In' : 'NotIn', labels[set[1] ?? ''], values);
  }
  const equality = EQUALITY.exec(part);
  if (equality !== null) {
    return (labels) => (labels[equality[1] ?? ''] === equality[3]) === (equality[2] !== '!=');
  }
  const existence = EXISTENCE.exec(part);
  if (existence !== null)
    return (labels) => (labels[existence[2] ?? ''] !== undefined) === (existence[1] === '');
  throw badRequest(`unable to parse requirement: ${part}`);
}

/** Fields that may be selected, per resource (kubernetes pkg/apis/core/v1/conversion.go). All may ask for name and namespace. */
const SELECTABLE: Record<string, readonly string[]> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'reason',
    'type',
    'source',
    'reportingComponent',
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
};

/** Reads the `fieldSelector` of a request. Throws 400 for a field that this resource cannot be selected by. */
export function parseFieldSelector(text: string, plural: string): Predicate {
  const rules = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^([^!=]+)(==|=|!=)(.*)$/.exec(part);
      if (match === null) throw badRequest(`invalid selector: '${part}'; can't understand it`);
      const [, field = '', operator, value = ''] = match;
      if (!/^metadata\.(name|namespace)$/.test(field) && !(SELECTABLE[plural] ?? []).includes(field)) {
        throw badRequest(`field label not supported: ${field}`);
      }
      return (object: KubeObject): boolean => (fieldText(object, field) === value) === (operator !== '!=');
    });
  return (object) => rules.every((rule) => rule(object));
}

function fieldText(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) value = isFields(value) ? value[step] : undefined;
  if (path === 'spec.unschedulable') return textOf(value ?? false);
  return textOf(value);
}

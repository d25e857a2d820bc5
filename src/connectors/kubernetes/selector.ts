import type { Labels } from '../../domain/alert.ts';
import type { Selector } from './schema.ts';

type Requirement = NonNullable<NonNullable<Selector['matchExpressions']>[number]>;

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && (values ?? []).includes(value);
    case 'NotIn':
      return value === undefined || !(values ?? []).includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      // An operator that we do not know might select the target: counted as if it did, which only forbids more.
      return true;
  }
}

/**
 * Does a label selector select an object with these labels? An empty selector selects everything, a missing one
 * nothing (policy/v1 PodDisruptionBudget).
 */
export function selects(selector: Selector | null | undefined, labels: Labels): boolean {
  if (selector === null || selector === undefined) return false;
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels));
}

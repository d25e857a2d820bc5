import { OPERATION_ANNOTATION } from './operation.ts';

/** What Kubernetes and we write into a template beside what its author wrote. */
const NOT_THE_AUTHORS: ReadonlySet<string> = new Set([
  OPERATION_ANNOTATION,
  'pod-template-hash',
  // `kubectl rollout restart` (kubectl pkg/polymorphichelpers/objectrestarter.go).
  'kubectl.kubernetes.io/restartedAt',
]);

/** A text that is the same for the same template, however its keys are ordered, whatever marks it bears. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .filter(([key]) => !NOT_THE_AUTHORS.has(key))
    .map(([key, inner]): [string, unknown] => [key, essence(inner)])
    // An empty map says nothing: it is what is left when our mark was the only annotation.
    .filter(([, inner]) => inner !== null && JSON.stringify(inner) !== '{}');
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Do two pod templates start the same pods? Our mark, the pod template's hash and `creationTimestamp: null` do not count. */
export function sameTemplate(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  return JSON.stringify(essence(a)) === JSON.stringify(essence(b));
}

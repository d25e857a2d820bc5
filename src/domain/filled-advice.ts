import type { Labels } from './alert.ts';
import type { Advice } from './catalogue.ts';
import type { LabelTarget } from './target-labels.ts';
import { isNamespaceName, isObjectName } from './target.ts';

/**
 * Puts the target's names into advice. Only what Kubernetes accepts as a name is filled in, so that a line can be
 * typed as it stands; for anything else the reader sees what to put there.
 */
export function filledAdvice(advice: Advice, target: LabelTarget, labels: Labels): Advice {
  const namespace = target.kind === 'none' ? undefined : labels[target.labels.namespace ?? ''];
  const name = target.kind === 'named' ? labels[target.labels.name] : undefined;
  const names: Readonly<Record<string, string>> = {
    $namespace: namespace !== undefined && isNamespaceName(namespace) ? namespace : 'NAMESPACE',
    $name: name !== undefined && isObjectName(name) ? name : 'NAME',
  };
  const fill = (line: string): string =>
    line.replaceAll(/\$(?:namespace|name)\b/g, (mark) => names[mark] ?? mark);
  return { look: advice.look.map(fill), try: advice.try.map(fill) };
}

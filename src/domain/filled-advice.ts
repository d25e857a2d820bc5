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
  const pod = target.kind === 'named' && target.by === 'pod' ? labels[target.labels.name] : undefined;
  const names: Readonly<Record<string, string>> = {
    $namespace: namespace !== undefined && isNamespaceName(namespace) ? namespace : 'NAMESPACE',
    $name: objectName(ownName(target, labels), 'NAME'),
    $pod: objectName(pod, 'POD'),
  };
  const fill = (line: string): string =>
    line.replaceAll(/\$(?:namespace|name|pod)\b/g, (mark) => names[mark] ?? mark);
  return { look: advice.look.map(fill), try: advice.try.map(fill) };
}

/** A pod's name is not its owner's, and an address is not its node's. */
function ownName(target: LabelTarget, labels: Labels): string | undefined {
  if (target.kind !== 'named') return undefined;
  const own = target.by === 'object' || target.by === target.of.toLowerCase();
  return own ? labels[target.labels.name] : undefined;
}

function objectName(name: string | undefined, instead: string): string {
  return name !== undefined && isObjectName(name) ? name : instead;
}

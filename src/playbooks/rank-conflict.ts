import { matchesAny, type MatcherSet, type Playbook } from '../domain/playbook.ts';
import { listedValues } from './matcher-syntax.ts';

/** `certain`: an alert is known that both take. `possible`: their patterns cannot be told apart. */
export interface Overlap {
  readonly certain: boolean;
  readonly alertname: string;
}

/** Two playbooks of one rank must not take the same alert: nothing would say which of them leads. */
export function overlapOf(a: Playbook, b: Playbook): Overlap | undefined {
  if (a.rank !== b.rank) return undefined;
  const overlaps = a.match.flatMap((one) => b.match.flatMap((other) => overlapOfSets(one, other) ?? []));
  return overlaps.find((overlap) => overlap.certain) ?? overlaps[0];
}

function overlapOfSets(a: MatcherSet, b: MatcherSet): Overlap | undefined {
  const labels = new Set(
    [...a, ...b].map((matcher) => matcher.label).filter((label) => label !== 'alertname'),
  );
  if ([...labels].some((label) => isDisjoint(label, a, b))) return undefined;
  const names = candidates('alertname', a, b);
  if (names === undefined) return { certain: false, alertname: 'several names' };
  const shared = names.find((name) => admits(a, 'alertname', name) && admits(b, 'alertname', name));
  return shared === undefined ? undefined : { certain: true, alertname: shared };
}

function isDisjoint(label: string, a: MatcherSet, b: MatcherSet): boolean {
  const values = candidates(label, a, b);
  return values !== undefined && !values.some((value) => admits(a, label, value) && admits(b, label, value));
}

/** Every value of a label that one of the two sets lists; undefined when neither has a list. */
function candidates(label: string, a: MatcherSet, b: MatcherSet): readonly string[] | undefined {
  const lists = [...a, ...b].flatMap((matcher) => (matcher.label === label ? [listedValues(matcher)] : []));
  const known = lists.filter((list) => list !== undefined);
  return known.length === 0 ? undefined : known.flat();
}

function admits(set: MatcherSet, label: string, value: string): boolean {
  return matchesAny([set.filter((matcher) => matcher.label === label)], { [label]: value });
}

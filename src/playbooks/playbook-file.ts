import { formatDuration } from '../domain/duration.ts';
import {
  measuresOf,
  type Condition,
  type MatcherSet,
  type Measure,
  type Playbook,
  type PlaybookGuards,
  type Rung,
} from '../domain/playbook.ts';
import { byPlace, checkShape, problemAt, type Checked } from '../yaml/check-shape.ts';
import type { Problem } from '../yaml/problem.ts';
import type { FieldPath, YamlDocument } from '../yaml/yaml-document.ts';
import type { ActionShapes } from './action-shape.ts';
import { readCondition, type ConditionPlace } from './condition-syntax.ts';
import { readMatchers } from './matcher-syntax.ts';
import { playbookSchema, type PlaybookFile } from './playbook-schema.ts';

type Spec = PlaybookFile['spec'];

/** What a playbook is read against. */
export interface PlaybookContext {
  readonly actions: ActionShapes;
  readonly measures: ReadonlyMap<string, Measure>;
}

/**
 * Reads a document of kind Playbook: first its shape, then what one field means for another (conditions and their
 * measures, quiet window and ranges). The version is set by the loader, which has the bytes.
 */
export function readPlaybook(
  document: YamlDocument,
  context: PlaybookContext,
): Checked<Omit<Playbook, 'version'>> {
  const checked = checkShape(document, playbookSchema(context.actions));
  if (checked.kind === 'invalid') return checked;
  const { metadata, spec } = checked.value;
  const reader = new SpecReader(document, context.measures);
  const match = reader.matchers(spec.match);
  const ladder = spec.ladder.map((rung, index) => reader.rung(rung, index));
  const fixed = reader.conditions(spec.verify.fixed, ['spec', 'verify', 'fixed'], 'verify');
  const harm = reader.conditions(spec.verify.harm, ['spec', 'verify', 'harm'], 'verify');
  reader.quietWindow(spec.verify, [...fixed, ...harm]);
  if (reader.problems.length > 0) return { kind: 'invalid', problems: reader.problems.toSorted(byPlace) };
  const named = measuresOf([...ladder.flatMap((rung) => rung.when), ...fixed, ...harm]);
  return {
    kind: 'valid',
    value: {
      ...metadata,
      rank: spec.rank,
      match,
      target: spec.target,
      autonomy: spec.autonomy,
      guards: guardsOf(spec.guards),
      ladder,
      verify: { holdMs: spec.verify.hold, timeoutMs: spec.verify.timeout, fixed, harm },
      handover: spec.handover,
      measures: Object.fromEntries([...context.measures].filter(([name]) => named.includes(name))),
    },
  };
}

function guardsOf({ stateless, cooldown, attempts }: Spec['guards']): PlaybookGuards {
  return {
    stateless,
    ...(cooldown === undefined ? {} : { cooldownMs: cooldown }),
    ...(attempts === undefined ? {} : { attempts }),
  };
}

/** Turns the texts of one spec into what they mean, and gathers what is wrong with them. */
class SpecReader {
  readonly problems: Problem[] = [];
  readonly #document: YamlDocument;
  readonly #measures: ReadonlyMap<string, Measure>;

  constructor(document: YamlDocument, measures: ReadonlyMap<string, Measure>) {
    this.#document = document;
    this.#measures = measures;
  }

  matchers(texts: readonly string[]): readonly MatcherSet[] {
    return texts.flatMap((text, index) => {
      const read = readMatchers(text);
      if (read.kind === 'matchers') return [read.matchers];
      this.#add(['spec', 'match', index], read, read.offset);
      return [];
    });
  }

  conditions(texts: readonly string[], path: FieldPath, place: ConditionPlace): readonly Condition[] {
    return texts.flatMap((text, index) => this.#condition(text, [...path, index], place));
  }

  rung(rung: Spec['ladder'][number], index: number): Rung {
    const path: FieldPath = ['spec', 'ladder', index];
    const { giveBack, ...parameters } = rung.with as Readonly<Record<string, number | string>> & {
      readonly giveBack?: number;
    };
    return {
      action: rung.action,
      when: this.#when(rung.when, [...path, 'when']),
      with: parameters,
      ...(rung.autonomy === undefined ? {} : { autonomy: rung.autonomy }),
      ...(giveBack === undefined ? {} : { giveBackMs: giveBack }),
    };
  }

  /** A quiet window that is shorter than a window of a query would be filled with what was before the effect. */
  quietWindow({ hold, timeout }: Spec['verify'], conditions: readonly Condition[]): void {
    const ranges = measuresOf(conditions).flatMap((name) => this.#measures.get(name) ?? []);
    const longest = ranges.toSorted((a, b) => b.rangeMs - a.rangeMs)[0];
    if (longest !== undefined && longest.rangeMs > hold) {
      this.#add(['spec', 'verify', 'hold'], {
        message: `the quiet window of ${formatDuration(hold)} is shorter than the ${formatDuration(longest.rangeMs)} that ${longest.name} looks back`,
        remedy: `write hold: ${formatDuration(longest.rangeMs).replaceAll(' ', '')} or longer`,
      });
    }
    if (timeout <= hold) {
      this.#add(['spec', 'verify', 'timeout'], {
        message: `a rung has ${formatDuration(timeout)}, and the quiet window alone takes ${formatDuration(hold)}`,
        remedy: 'write a timeout that is longer than hold, twice as long is usual',
      });
    }
  }

  #when(written: string | readonly string[] | undefined, path: FieldPath): readonly Condition[] {
    if (typeof written === 'string') return this.#condition(written, path, 'when');
    return this.conditions(written ?? [], path, 'when');
  }

  #condition(text: string, path: FieldPath, place: ConditionPlace): readonly Condition[] {
    const read = readCondition(text, this.#measures, place);
    if (read.kind === 'condition') return [read.condition];
    this.#add(path, read, read.offset);
    return [];
  }

  #add(
    path: FieldPath,
    { message, remedy }: { readonly message: string; readonly remedy: string },
    offset = 0,
  ): void {
    this.problems.push(problemAt(this.#document, path, { message, remedy }, offset));
  }
}

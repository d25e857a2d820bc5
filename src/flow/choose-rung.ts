import type { Draft } from '../actions/action.ts';
import type { Incident } from '../domain/incident.ts';
import type { Playbook, Rung } from '../domain/playbook.ts';
import type { TargetView } from '../domain/workload.ts';
import { askMeasures, readConditions } from './ask-measures.ts';
import type { Flow } from './flow.ts';

export type ChosenRung =
  | {
      readonly kind: 'rung';
      readonly index: number;
      readonly rung: Rung;
      readonly draft: Draft;
      readonly skipped: readonly string[];
    }
  | { readonly kind: 'none'; readonly skipped: readonly string[] }
  | { readonly kind: 'cannot-tell'; readonly why: string };

/**
 * The next rung that applies, from where the ladder stands. A false `when` skips its rung and says so; one that cannot
 * be told stops the search, because skipping it would be a guess.
 */
export async function chooseRung(
  flow: Flow,
  incident: Incident,
  playbook: Playbook,
  view: TargetView,
  nowMs: number,
): Promise<ChosenRung> {
  const remaining = playbook.ladder.slice(incident.rung);
  const measured = await askMeasures(
    flow,
    view,
    remaining.flatMap(({ when }) => when),
    playbook.measures,
  );
  const skipped: string[] = [];
  for (const [offset, rung] of remaining.entries()) {
    const index = incident.rung + offset;
    const name = `rung ${index + 1}, ${rung.action}`;
    const readings = readConditions(rung.when, { view, ...measured, before: {}, nowMs }, flow);
    const unmet = readings.find((one) => one.verdict === 'false');
    if (unmet !== undefined) {
      skipped.push(`${name}: does not apply, ${unmet.condition}: ${unmet.read}`);
      continue;
    }
    const unsure = readings.find((one) => one.verdict !== 'true');
    if (unsure !== undefined)
      return { kind: 'cannot-tell', why: `${name}: ${unsure.condition}: ${unsure.read}` };
    const action = flow.actions[rung.action];
    if (action === undefined)
      throw new Error(
        `the playbook ${playbook.name} names the action ${rung.action}, which lint should have refused`,
      );
    const planned = action.plan(view, rung.with);
    if (planned.kind === 'planned') return { kind: 'rung', index, rung, draft: planned.draft, skipped };
    skipped.push(`${name}: does not apply, ${planned.why}`);
  }
  return { kind: 'none', skipped };
}

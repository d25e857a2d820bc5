import type { PlaybookDocument } from '../contract/playbook.ts';
import type { Condition, Matcher, Playbook } from '../domain/playbook.ts';

export function presentPlaybook(playbook: Playbook): PlaybookDocument {
  const { name, title, version, rank, autonomy, target, verify } = playbook;
  return {
    name,
    title,
    version,
    rank,
    autonomy,
    match: playbook.match.map((set) => set.map(matcherText).join(', ')),
    target: { kind: target.kind, from: [...target.from] },
    ladder: playbook.ladder.map((rung) => ({
      action: rung.action,
      when: texts(rung.when),
      with: { ...rung.with },
      ...(rung.autonomy === undefined ? {} : { autonomy: rung.autonomy }),
      ...(rung.giveBackMs === undefined ? {} : { giveBackMs: rung.giveBackMs }),
    })),
    fixed: texts(verify.fixed),
    harm: texts(verify.harm),
    holdMs: verify.holdMs,
    timeoutMs: verify.timeoutMs,
  };
}

function matcherText({ label, op, value }: Matcher): string {
  return `${label}${op}${JSON.stringify(value)}`;
}

function texts(conditions: readonly Condition[]): string[] {
  return conditions.map(({ text }) => text);
}

import { formatDuration } from '../domain/duration.ts';
import type { Condition, Matcher, Playbook, Rung } from '../domain/playbook.ts';

/** The playbook in sentences, for `runova playbooks explain`. Everything in it comes from the playbook. */
export function explainPlaybook(playbook: Playbook): string {
  const { verify, handover } = playbook;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['WHEN', playbook.match.map((set) => `an alert has ${listOf(set.map(matcherText), 'and')}`)],
    [
      'TARGET',
      [
        `the ${playbook.target.kind} that the alert's label ${listOf(playbook.target.from, 'or')} leads to; exactly one, or none`,
      ],
    ],
    ['MAY ACT', [autonomyText(playbook), ...guardTexts(playbook)]],
    [
      'TRIES',
      playbook.ladder.length === 0
        ? ['nothing: it goes to a person with the advice below']
        : playbook.ladder.map(rungText),
    ],
    [
      'FIXED',
      [
        `all of this, without a gap for ${formatDuration(verify.holdMs)}, and the rule inactive at its source:`,
        ...verify.fixed.map((one) => `  ${conditionText(one, playbook)}`),
      ],
    ],
    [
      'HARM',
      verify.harm.length === 0
        ? ['nothing beyond what every change is watched for']
        : [
            'any of this stops everything and undoes the change:',
            ...verify.harm.map((one) => `  ${conditionText(one, playbook)}`),
          ],
    ],
    [
      'GIVES UP',
      [
        `on a rung that is not proved after ${formatDuration(verify.timeoutMs)}; after the last rung it hands over to a person`,
      ],
    ],
    ['ADVICE', [...handover.look, ...handover.try]],
  ];
  const title = `${playbook.name} ${playbook.version}   ${playbook.title}   rank ${playbook.rank}`;
  return [title, ...sections.flatMap(([name, lines]) => section(name, lines))].join('\n');
}

function section(name: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  return ['', ...lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(10)}${line}`)];
}

function autonomyText({ autonomy }: Playbook): string {
  switch (autonomy) {
    case 'observe':
      return 'never: it only says what it would have done';
    case 'ask':
      return 'after a person approved the plan';
    case 'auto':
      return 'by itself, where mode and what it has earned allow that';
  }
}

function guardTexts({ guards }: Playbook): readonly string[] {
  const { stateless, cooldownMs, attempts } = guards;
  return [
    ...(stateless ? ['only a workload without volumes of its own'] : []),
    ...(cooldownMs === undefined
      ? []
      : [`not within ${formatDuration(cooldownMs)} of the last incident of the same target`]),
    ...(attempts === undefined
      ? []
      : [`at most ${attempts.count} changes per ${formatDuration(attempts.perMs)} on one target`]),
  ];
}

function rungText(rung: Rung, index: number): string {
  const parameters = Object.entries(rung.with).map(([name, value]) => `${name} ${value}`);
  const parts = [
    `${index + 1}  ${rung.action}${parameters.length === 0 ? '' : ` (${parameters.join(', ')})`}`,
    ...(rung.when.length === 0
      ? []
      : [
          `if ${listOf(
            rung.when.map(({ text }) => text),
            'and',
          )}`,
        ]),
    ...(rung.autonomy === undefined ? [] : [`at most ${rung.autonomy}`]),
    ...(rung.giveBackMs === undefined
      ? []
      : [`given back after ${formatDuration(rung.giveBackMs)} if the proof still holds`]),
  ];
  return parts.join(', ');
}

function conditionText(condition: Condition, { measures }: Playbook): string {
  const measure = condition.of.kind === 'measure' ? measures[condition.of.measure] : undefined;
  if (measure === undefined) return condition.text;
  const each = measure.each === 'pod' ? ', each pod' : '';
  const enough =
    measure.enough === undefined ? '' : `, where there is enough to judge by (${measure.enough.atLeast})`;
  return `${condition.text.padEnd(28)}${measure.title}${each}${enough}`;
}

function matcherText({ label, op, value }: Matcher): string {
  const words = { '=': 'is', '!=': 'is not', '=~': 'is like', '!~': 'is not like' } as const;
  return `${label} ${words[op]} ${value.split('|').join(' or ')}`;
}

function listOf(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;
}

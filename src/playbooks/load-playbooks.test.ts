import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { z } from 'zod';
import type { ActionShapes } from './action-shape.ts';
import { explainPlaybook } from './explain-playbook.ts';
import { checkPlaybooks, formatProblem, loadPlaybooks } from './load-playbooks.ts';

const ACTIONS: ActionShapes = {
  scale: { name: 'scale', parameters: z.strictObject({ add: z.int().min(1), max: z.int().min(1) }) },
  'rollout-restart': { name: 'rollout-restart', parameters: z.strictObject({}) },
  'restart-pod': { name: 'restart-pod', parameters: z.strictObject({}) },
  'roll-back': { name: 'roll-back', parameters: z.strictObject({}) },
};

const SHIPPED = join(import.meta.dirname, '..', '..');

const MEASURE = `apiVersion: runova.dev/v1
kind: Measure
metadata: { name: memory-of-limit, title: Memory }
spec:
  each: pod
  unit: percent
  range: 5m
  query: max by (pod) (avg_over_time(memory{$target, a="}"}[$range]))
`;

const PLAYBOOK = `apiVersion: runova.dev/v1
kind: Playbook
metadata: { name: mine, title: Mine }
spec:
  match:
    - alertname=~"HighMemory|Other"
  target: { kind: Deployment, from: [pod] }
  guards: { cooldown: 30m, attempts: 2 per 24h }
  ladder:
    - action: scale
      when: memory-of-limit > 50%
      with: { add: 1, max: 6, giveBack: 60m }
  verify:
    hold: 10m
    fixed:
      - memory-of-limit < 80%
    harm:
      - ready < before
`;

function check(playbook: string, measure = MEASURE): string {
  const loaded = checkPlaybooks(
    [
      { file: 'playbook.yaml', text: playbook },
      { file: 'measure.yaml', text: measure },
    ],
    ACTIONS,
  );
  return loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join('\n') : 'loaded';
}

async function folderWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runova-playbooks-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

describe('a playbook that is as it should be', () => {
  test('is read into what the program works with', () => {
    const loaded = checkPlaybooks(
      [
        { file: 'playbook.yaml', text: PLAYBOOK },
        { file: 'measure.yaml', text: MEASURE },
      ],
      ACTIONS,
    );
    assert.ok(loaded.kind === 'loaded');
    const [playbook] = loaded.playbooks;
    assert.deepEqual(playbook?.ladder[0], {
      action: 'scale',
      when: [
        {
          text: 'memory-of-limit > 50%',
          of: { kind: 'measure', measure: 'memory-of-limit' },
          op: '>',
          value: { kind: 'number', number: 50 },
        },
      ],
      with: { add: 1, max: 6 },
      giveBackMs: 3_600_000,
    });
    assert.deepEqual(playbook?.guards, {
      stateless: false,
      cooldownMs: 1_800_000,
      attempts: { count: 2, perMs: 86_400_000 },
    });
    assert.deepEqual(
      [playbook?.rank, playbook?.autonomy, playbook?.verify.holdMs, playbook?.verify.timeoutMs],
      [100, 'ask', 600_000, 1_800_000],
    );
    assert.equal(playbook?.measures['memory-of-limit']?.rangeMs, 300_000);
  });

  test('has a version that changes with its file and with its measures, and with nothing else', () => {
    const version = (playbook: string, measure: string): string | undefined => {
      const loaded = checkPlaybooks(
        [
          { file: 'p.yaml', text: playbook },
          { file: 'm.yaml', text: measure },
        ],
        ACTIONS,
      );
      return loaded.kind === 'loaded' ? loaded.playbooks[0]?.version : undefined;
    };
    const first = version(PLAYBOOK, MEASURE);
    assert.match(first ?? '', /^[0-9a-f]{7}$/);
    assert.equal(version(PLAYBOOK, MEASURE), first);
    assert.notEqual(version(`${PLAYBOOK}# more\n`, MEASURE), first);
    assert.notEqual(version(PLAYBOOK, `${MEASURE}# more\n`), first);
  });
});

describe('an error in a playbook', () => {
  test('is shown like a compiler does it', () => {
    assert.equal(
      check(PLAYBOOK.replace('{ add: 1, max: 6, giveBack: 60m }', '{ ad: 1, max: 6 }')),
      [
        'playbook.yaml:12:7: spec.ladder.0.with.add: is missing',
        '   12 |       with: { ad: 1, max: 6 }',
        '      |       ^',
        'hint: add it: a number is expected here',
        'playbook.yaml:12:15: spec.ladder.0.with: unknown field "ad", did you mean "add"?',
        '   12 |       with: { ad: 1, max: 6 }',
        '      |               ^',
        'hint: the fields here are add, max, giveBack',
      ].join('\n'),
    );
  });

  test('points at the wrong part of a condition', () => {
    assert.match(
      check(PLAYBOOK.replace('< 80%', '< 80')),
      /^playbook\.yaml:16:27: spec\.verify\.fixed\.0: memory-of-limit is a percentage/,
    );
  });

  test('does not hide another one', () => {
    const shown = check(
      PLAYBOOK.replace('< before', '< befor')
        .replace('50%', '50s')
        .replace('alertname=~"HighMemory|Other"', 'alertname=~"(a+)+"')
        .replace('hold: 10m', 'hold: 1m'),
    );
    assert.equal(shown.match(/^hint: /gm)?.length, 4);
  });

  const table: readonly (readonly [string, readonly [string, string], RegExp])[] = [
    [
      'a misspelt field',
      ['  target:', '  taget:'],
      /5: unknown|unknown field "taget", did you mean "target"\?[^]*the fields here are rank, match/,
    ],
    ['a missing part', ['  verify:', '  handover:'], /spec\.verify: is missing|unknown field "hold"/],
    [
      'an unknown action',
      ['action: scale', 'action: raise-memory'],
      /unknown action "raise-memory"\n[^]*hint: known are scale, rollout-restart, restart-pod, roll-back/,
    ],
    [
      'a misspelt action',
      ['action: scale', 'action: roleback'],
      /unknown action "roleback", did you mean "roll-back"\?/,
    ],
    ['no action', ['action: scale', 'wen: x'], /action is missing[^]*write action: and one of scale/],
    [
      'a parameter of another action',
      ['action: scale', 'action: roll-back'],
      /unknown field "add"[^]*take it out/,
    ],
    [
      'a bare number as duration',
      ['hold: 10m', 'hold: 10'],
      /10 is not a duration with its unit[^]*hint: write a duration with its unit, such as 90s/,
    ],
    [
      'a quiet window shorter than a range',
      ['hold: 10m', 'hold: 4m'],
      /the quiet window of 4m is shorter than the 5m that memory-of-limit looks back[^]*hint: write hold: 5m or longer/,
    ],
    [
      'a timeout within the quiet window',
      ['hold: 10m', 'hold: 30m'],
      /the quiet window alone takes 30m[^]*longer than hold/,
    ],
    [
      'a unit of another measure',
      ['< 80%', '< 80s'],
      /memory-of-limit is a percentage, "80s" is not[^]*write memory-of-limit < 80%/,
    ],
    [
      'a misspelt measure',
      ['- memory-of-limit <', '- memory-of-limt <'],
      /unknown measure "memory-of-limt", did you mean "memory-of-limit"\?[^]*kind Measure/,
    ],
    [
      'a condition that asks about before the change',
      ['when: memory-of-limit > 50%', 'when: ready < before'],
      /no meaning before something was changed/,
    ],
    [
      'a dangerous pattern',
      ['"HighMemory|Other"', '"(a+)+"'],
      /playbook\.yaml:6:7: spec\.match\.0: a group is repeated[^]*hint: repeat single characters/,
    ],
    [
      'a matcher for everything',
      ['alertname=~"HighMemory|Other"', 'alertname!="x"'],
      /would match every alert/,
    ],
    [
      'an expression in from',
      ['from: [pod]', 'from: ["labels.pod"]'],
      /"labels\.pod" is not the name of a label/,
    ],
    [
      'a kind that nothing can change',
      ['kind: Deployment', 'kind: StatefulSet'],
      /"StatefulSet" is not known here[^]*write Deployment/,
    ],
    ['no proof', ['    fixed:\n      - memory-of-limit < 80%', '    fixed: []'], /is not at least 1 entries/],
    ['a list as text', ['  match:\n    - alertname', '  match:\n    alertname'], /hint: /],
    [
      'an unknown kind',
      ['kind: Playbook', 'kind: Playbok'],
      /unknown kind "Playbok", did you mean "Playbook"\?/,
    ],
    [
      'a name that cannot be a name',
      ['name: mine', 'name: My Playbook'],
      /"My Playbook" is not a name of small letters/,
    ],
    ['a rate without unit', ['2 per 24h', '2 per 24'], /"2 per 24" is not a number per time[^]*3 per 24h/],
    ['a hostile field', ['  guards:', '  __proto__:'], /"__proto__" cannot be a field name/],
    [
      'an unquoted comma in a title',
      ['title: Mine }', 'title: Mine, and yours }'],
      /a comma ends a value inside \{ \}: put the whole text in quotes/,
    ],
  ];
  for (const [name, [from, to], expected] of table) {
    test(`${name}: says what to write`, () => {
      assert.ok(PLAYBOOK.includes(from));
      assert.match(check(PLAYBOOK.replace(from, to)), expected);
    });
  }

  const measures: readonly (readonly [string, readonly [string, string], RegExp])[] = [
    [
      'a query without target',
      ['$target', 'x="y"'],
      /does not ask about the target[^]*http_requests_total\{\$target\}/,
    ],
    ['a target in a text only', ['{$target, a="}"}', '{a="$target"}'], /does not ask about the target/],
    [
      'a placeholder that is none',
      ['$target,', '$target, b="$namespace",'],
      /"\$namespace" stands for nothing/,
    ],
    [
      'a window without range',
      ['  range: 5m\n', ''],
      /\$range is used, and no range is given[^]*add range: 5m/,
    ],
    ['a range without window', ['[$range]', ''], /a range is given, and no query uses \$range/],
    [
      'a window of its own',
      ['[$range]', '[7m]'],
      /the window \[7m\] is written into the query[^]*write \[\$range\]/,
    ],
    ['an open bracket', ['max by', '(max by'], /bracket of the query is not closed/],
    ['an unknown unit', ['unit: percent', 'unit: percents'], /did you mean "percent"/],
  ];
  for (const [name, [from, to], expected] of measures) {
    test(`${name}, in a measure: says what to write, once`, () => {
      const shown = check(PLAYBOOK, MEASURE.replace(from, to));
      assert.match(shown, expected);
      assert.doesNotMatch(shown, /unknown measure/);
    });
  }
});

describe('several playbooks', () => {
  const two = (second: string): string => {
    const loaded = checkPlaybooks(
      [
        { file: 'a/one.yaml', text: PLAYBOOK },
        { file: 'm.yaml', text: MEASURE },
        { file: 'b/two.yaml', text: second },
      ],
      ACTIONS,
    );
    return loaded.kind === 'invalid'
      ? loaded.problems.map(formatProblem).join('\n')
      : `loaded, ${loaded.warnings.length} warnings`;
  };
  const other = PLAYBOOK.replace('name: mine', 'name: other');

  test('of one name are refused, and both files are named', () =>
    assert.match(
      two(PLAYBOOK),
      /b\/two\.yaml:3:19: metadata\.name: the name "mine" is taken by a\/one\.yaml/,
    ));
  test('of one rank for one alert are refused, and both files are named', () =>
    assert.match(
      two(other),
      /both have rank 100 and take HighMemory \(b\/two\.yaml, a\/one\.yaml\)[^]*lower rank/,
    ));
  test('of one rank are told apart by name', () =>
    assert.equal(two(other.replace('HighMemory|Other', 'Third')), 'loaded, 0 warnings'));
  test('of one rank are told apart by another label', () => {
    const severe = (text: string, severity: string): string =>
      text.replace('HighMemory|Other"', `HighMemory|Other", severity="${severity}"`);
    const loaded = checkPlaybooks(
      [
        { file: 'a', text: severe(PLAYBOOK, 'critical') },
        { file: 'm', text: MEASURE },
        { file: 'b', text: severe(other, 'warning') },
      ],
      ACTIONS,
    );
    assert.equal(loaded.kind, 'loaded');
  });
  test('of one rank with a pattern that takes the name of the other are refused', () =>
    assert.match(two(other.replace('HighMemory|Other', 'High.*')), /take HighMemory/));
  test('of another rank may take the same alert', () =>
    assert.equal(two(other.replace('spec:\n', 'spec:\n  rank: 7\n')), 'loaded, 0 warnings'));
  test('of one rank with two patterns are warned about', () => {
    const one = { file: 'a', text: PLAYBOOK.replace('HighMemory|Other', 'High.*') };
    const loaded = checkPlaybooks(
      [one, { file: 'm', text: MEASURE }, { file: 'b', text: other.replace('HighMemory|Other', '.*Usage') }],
      ACTIONS,
    );
    assert.ok(loaded.kind === 'loaded' && loaded.warnings.length === 1);
  });
});

describe('the shipped playbooks', () => {
  test('are good, in the order of their ranks, without a warning', async () => {
    const loaded = await loadPlaybooks({ shipped: SHIPPED, extra: [], actions: ACTIONS });
    assert.ok(
      loaded.kind === 'loaded',
      loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join('\n') : '',
    );
    assert.deepEqual(
      loaded.playbooks.map(({ name, rank }) => [name, rank]),
      [
        ['high-error-rate', 20],
        ['pod-crash-loop', 30],
        ['high-memory-usage', 50],
      ],
    );
    assert.deepEqual(loaded.warnings, []);
  });

  test('are explained in sentences that name every condition', async () => {
    const loaded = await loadPlaybooks({ shipped: SHIPPED, extra: [], actions: ACTIONS });
    assert.ok(loaded.kind === 'loaded');
    for (const playbook of loaded.playbooks) {
      const text = explainPlaybook(playbook);
      for (const { text: condition } of [
        ...playbook.verify.fixed,
        ...playbook.verify.harm,
        ...playbook.ladder.flatMap((rung) => rung.when),
      ])
        assert.ok(text.includes(condition));
      assert.doesNotMatch(text, /undefined|\[object/);
    }
  });
});

describe('folders', () => {
  test('are read as a ConfigMap mounts them, subfolders included, other files left alone', async (t) => {
    const folder = await folderWith(t, {
      '..data/mine.yaml': PLAYBOOK,
      'measures/memory.yml': MEASURE,
      'README.md': '# no',
      '.hidden.yaml': ': bad',
    });
    await symlink(join(folder, '..data', 'mine.yaml'), join(folder, 'mine.yaml'));
    const loaded = await loadPlaybooks({ extra: [folder], actions: ACTIONS });
    assert.equal(loaded.kind, 'loaded');
  });

  test('that do not exist, and files that are no text, are problems with a remedy', async (t) => {
    const folder = await folderWith(t, { 'mine.yaml': PLAYBOOK, 'm.yaml': MEASURE });
    await writeFile(join(folder, 'bad.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    await writeFile(join(folder, 'big.yaml'), Buffer.alloc(300_000, 35));
    const loaded = await loadPlaybooks({ extra: [folder, join(folder, 'missing')], actions: ACTIONS });
    const shown = loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join('\n') : '';
    assert.match(shown, /missing: the folder cannot be read \(ENOENT\)\nhint: create it/);
    assert.match(shown, /bad\.yaml: cannot be read[^\n]*\nhint: save it as UTF-8/);
    assert.match(shown, /big\.yaml: larger than 256 KiB/);
  });
});

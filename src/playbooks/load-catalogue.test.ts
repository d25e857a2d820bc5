import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { formatProblem } from '../yaml/problem.ts';
import { checkCatalogue, loadCatalogue } from './load-catalogue.ts';

const COMPONENTS = `apiVersion: runova.dev/v1
kind: AlertComponents
spec:
  - name: redis
    kind: Redis
    traits: [cache]
    known: { name: [redis*], metric: [redis_*] }
`;

const rules = (rule: string): string => `apiVersion: runova.dev/v1
kind: AlertRules
spec:
  - name: cache-away
${rule}
    why: it is away
`;

const RULE = `    class: automatic
    remedy: restart
    when: { component: [redis], name: [down] }`;

function check(rule: string, components = COMPONENTS): string {
  const loaded = checkCatalogue([
    { file: 'components.yaml', text: components },
    { file: 'rules.yaml', text: rules(rule) },
  ]);
  return loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join('\n') : 'loaded';
}

describe('the files of the catalogue', () => {
  test('the shipped catalogue loads', async () => {
    const loaded = await loadCatalogue(join(import.meta.dirname, '..', '..', 'catalogue'));
    assert.equal(
      loaded.kind,
      'loaded',
      loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join('\n') : '',
    );
  });

  test('a small one loads', () => assert.equal(check(RULE), 'loaded'));

  const wrong: readonly (readonly [what: string, rule: string, says: RegExp])[] = [
    [
      'a component that does not exist',
      RULE.replace('redis', 'rediss'),
      /^rules\.yaml:7:\d+: .*"rediss" is not known, did you mean "redis"\?/,
    ],
    [
      'a trait that no component has',
      RULE.replace('component: [redis]', 'trait: [cach]'),
      /"cach" is not known, did you mean "cache"\?/,
    ],
    [
      'an automatic rule without its remedy',
      RULE.replace('    remedy: restart\n', ''),
      /class automatic, and no remedy is given/,
    ],
    [
      'a remedy where nothing may be done',
      RULE.replace('automatic', 'informational'),
      /a remedy is given, and the class is informational/,
    ],
    [
      'a rule that takes every alert',
      RULE.replace('{ component: [redis], name: [down] }', '{}'),
      /would take every alert/,
    ],
    [
      'a pattern instead of words',
      RULE.replace('[down]', '["(a+)+$"]'),
      /rules\.yaml:7:\d+: .*is not words in small letters/,
    ],
    [
      'a class that is none',
      RULE.replace('automatic', 'automatik'),
      /"automatik" is not known here, did you mean "automatic"\?/,
    ],
    [
      'a field that is none',
      RULE.replace('name: [down]', 'names: [down]'),
      /unknown field "names", did you mean "name"\?/,
    ],
  ];
  for (const [what, rule, says] of wrong)
    test(`${what} is refused with its place`, () => assert.match(check(rule), says));

  test('a name is given once', () => {
    assert.match(check(RULE, `${COMPONENTS}${COMPONENTS.split('spec:\n')[1]}`), /the name "redis" is taken/);
  });

  test('a file that does not say what it is, is refused', () => {
    assert.match(
      check(RULE, COMPONENTS.replace('AlertComponents', 'AlertComponent')),
      /did you mean "AlertComponents"\?/,
    );
  });

  test('a folder that is not there is said', async () => {
    const loaded = await loadCatalogue(join(import.meta.dirname, 'nowhere'));
    assert.equal(loaded.kind, 'invalid');
  });
});

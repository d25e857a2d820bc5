import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { CAUSE_WORDS, CONDITION_GRAMMAR } from './condition-syntax.ts';
import { checkPlaybooks, formatProblem, loadPlaybooks } from './load-playbooks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ACTIONS = Object.fromEntries(
  ['scale', 'rollout-restart', 'restart-pod', 'roll-back'].map((name) => [
    name,
    {
      name,
      parameters: name === 'scale' ? z.strictObject({ add: z.int(), max: z.int() }) : z.strictObject({}),
    },
  ]),
);

describe('the page about playbooks', async () => {
  const page = await readFile(join(ROOT, 'docs', 'playbooks.md'), 'utf8');

  test('shows a playbook and a measure that load beside the shipped ones', async () => {
    const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map((match, index) => ({
      file: `block ${index}`,
      text: match[1] ?? '',
    }));
    const names = ['memory-of-limit', 'error-ratio', 'traffic-growth'];
    const measures = await Promise.all(
      names.map(async (name) => ({
        file: name,
        text: await readFile(join(ROOT, 'measures', `${name}.yaml`), 'utf8'),
      })),
    );
    const loaded = checkPlaybooks([...blocks, ...measures], ACTIONS);
    assert.ok(
      loaded.kind === 'loaded',
      loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join('\n') : '',
    );
    assert.equal(loaded.playbooks.length, 1);
  });

  test('has the grammar, every cause and every shipped measure', async () => {
    assert.ok(page.includes(CONDITION_GRAMMAR));
    for (const word of CAUSE_WORDS) assert.ok(page.includes(`\`${word}\``), word);
    const loaded = await loadPlaybooks({ shipped: ROOT, extra: [], actions: ACTIONS });
    assert.ok(loaded.kind === 'loaded');
    for (const { measures } of loaded.playbooks)
      for (const name of Object.keys(measures)) assert.ok(page.includes(`| \`${name}\` |`), name);
  });
});

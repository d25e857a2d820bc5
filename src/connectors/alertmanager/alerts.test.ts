import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { EVEN_CHANCE } from '../../../tests/fakes/even-chance.ts';
import { QuickClock } from '../../../tests/fakes/quick-clock.ts';
import { json, scriptedServer, text } from '../../../tests/fakes/scripted-server.ts';
import type { Script } from '../../../tests/fakes/scripted-server.ts';
import { alertmanagerAlerts } from './alerts.ts';

const { signal } = new AbortController();
const ALERT = { labels: { alertname: 'RunovaAsks' }, annotations: {}, startsAtMs: 0, endsAtMs: 1_000 };

async function open(script: Script, tokenFile?: string) {
  const server = await scriptedServer(script);
  const clock = new QuickClock();
  const alerts = alertmanagerAlerts({
    url: server.url,
    clock,
    chance: EVEN_CHANCE,
    version: '1',
    ...(tokenFile === undefined ? {} : { tokenFile }),
  });
  return { server, clock, alerts, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('the list of alerts', () => {
  for (const [what, script] of [
    ['HTML', (_, response) => text(response, 200, '<html>')],
    ['cut off JSON', (_, response) => text(response, 200, '[{"labels":')],
    ['an object', (_, response) => json(response, 200, { status: 'success', data: [] })],
    ['the removed API', (_, response) => json(response, 410, { status: 'deprecated' })],
    ['an overloaded server', (_, response) => text(response, 503, 'busy')],
  ] satisfies readonly (readonly [string, Script])[]) {
    test(`is unknown, never empty, for ${what}`, async () => {
      await using at = await open(script);
      assert.equal((await at.alerts.list(signal)).kind, 'unknown');
    });
  }
});

describe('posting', () => {
  test('is one request with a token that is read again when it is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runova-alerts-'));
    const file = join(folder, 'token');
    await writeFile(file, 'old\n');
    await using at = await open((request, response) => {
      const accepted = request.headers.authorization === 'Bearer new';
      void writeFile(file, 'new\n').then(() => text(response, accepted ? 200 : 401, ''));
    }, file);
    await at.alerts.post([ALERT], signal);
    assert.deepEqual(
      at.server.seen.map(({ headers }) => headers.authorization),
      ['Bearer old', 'Bearer new'],
    );
    assert.equal(at.server.seen[1]?.headers['content-type'], 'application/json');
    await rm(folder, { recursive: true });
  });

  test('that is refused fails for good; one whose answer is lost may have arrived', async () => {
    await using refusing = await open((_, response) => json(response, 400, 'bad label'));
    await assert.rejects(refusing.alerts.post([ALERT], signal), { retry: 'never', effect: 'none' });
    await using breaking = await open((_, response) => response.destroy());
    await assert.rejects(breaking.alerts.post([ALERT], signal), {
      code: 'alerts/unreachable',
      effect: 'unknown',
      retry: 'later',
    });
  });

  test('with a label name that older Alertmanagers refuse is a mistake of ours', async () => {
    await using at = await open((_, response) => text(response, 200, ''));
    await assert.rejects(at.alerts.post([{ ...ALERT, labels: { 'a.b': 'c' } }], signal), TypeError);
    assert.equal(at.server.seen.length, 0);
  });
});

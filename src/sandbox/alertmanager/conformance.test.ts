import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../../../tests/neighbours/needs.ts';
import { available, startRealAlertmanager } from '../../../tests/neighbours/real-alertmanager.ts';
import { until } from '../../../tests/neighbours/real-program.ts';
import { WallClock } from '../../platform/wall-clock.ts';
import { listenOnLoopback, readBody, type LoopbackServer } from '../loopback-server.ts';
import { startAlertmanager } from './alertmanager.ts';

/** One webhook as it arrived. */
interface Hook {
  readonly path: string;
  readonly method: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** One side of the comparison: a program, and the receiver that only it calls. */
interface Side {
  readonly url: string;
  readonly hooks: Hook[];
  stop(): Promise<void>;
}

const EXTERNAL_URL = 'http://alertmanager.example:9093';

describe('the stand-in delivers and answers as the real Alertmanager does', () => {
  let sides: Side[] = [];

  before(async () => {
    if (!available()) return;
    sides = await Promise.all([
      startSide(async (config) =>
        startAlertmanager({ config, externalUrl: EXTERNAL_URL, clock: new WallClock() }),
      ),
      startSide(async (config) => startRealAlertmanager({ config, externalUrl: EXTERNAL_URL })),
    ]);
  });
  after(async () => {
    await Promise.all(sides.map((side) => side.stop()));
  });

  /** What both sides answer to the same request, times and ids made comparable. */
  const both = async (path: string, init: RequestInit = {}): Promise<unknown[]> =>
    answersOf(sides, path, init);

  const post = async (alerts: unknown): Promise<void> => {
    const [own, theirs] = await both('/api/v2/alerts', jsonPost(alerts));
    assert.deepEqual(own, theirs);
  };

  /** The first hooks of a path at both sides, once both have as many. */
  const hooks = async (path: string, count: number): Promise<Hook[][]> => {
    const at = (side: Side): Hook[] => side.hooks.filter((hook) => hook.path === path);
    await until(() => sides.every((side) => at(side).length >= count), 15_000, `${count} hooks at ${path}`);
    return sides.map((side) => at(side).slice(0, count));
  };

  const sameHooks = async (path: string, count: number): Promise<Hook[]> => {
    const [own = [], theirs = []] = await hooks(path, count);
    assert.deepEqual(own.map(comparable), theirs.map(comparable));
    return own;
  };

  test('a group of alerts, byte for byte, in the order of job, instance and labels', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    await post([
      alert('Group', 'plain', { instance: 'b' }, { summary: 'a <b> & "c"\u2028', shared: 's' }),
      alert('Group', 'plain', { instance: 'a' }, { summary: 'other', shared: 's' }),
      alert('Group', 'plain', { job: 'z', zone: 'Ünï' }, { shared: 's' }),
      alert('Group', 'plain', { empty: '' }, {}),
    ]);
    const [hook] = await sameHooks('/plain', 1);
    assert.equal((JSON.parse(hook?.body ?? '') as { alerts: unknown[] }).alerts.length, 4);
  });

  test('a resolved alert within a firing message, then the end of all', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    const first = alert('Ends', 'ends', { instance: 'a' }, { note: 'n' });
    const second = alert('Ends', 'ends', { instance: 'b' }, {});
    await post([first, second]);
    await sameHooks('/ends', 1);
    await post([{ ...first, endsAt: new Date(Date.now() - 100).toISOString() }]);
    await sameHooks('/ends', 2);
    await post([{ ...second, endsAt: new Date(Date.now() - 100).toISOString() }]);
    const all = await sameHooks('/ends', 3);
    const statuses = all.map((hook) => (JSON.parse(hook.body) as { status: string }).status);
    assert.deepEqual(statuses, ['firing', 'firing', 'resolved']);
  });

  test('a receiver that wants no ends gets none', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    const one = alert('Quiet', 'quiet', {}, {});
    await post([one]);
    await sameHooks('/quiet', 1);
    await post([
      { ...one, endsAt: new Date(Date.now() - 100).toISOString() },
      alert('Quiet', 'quiet', { n: '2' }, {}),
    ]);
    const all = await sameHooks('/quiet', 2);
    assert.equal((JSON.parse(all[1]?.body ?? '') as { alerts: unknown[] }).alerts.length, 1);
  });

  test('a 503 is tried again with the same body until it is taken', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    await post([alert('Retry', 'busy', {}, {})]);
    const [first, second, third] = await sameHooks('/busy', 3);
    assert.equal(first?.body, second?.body);
    assert.equal(second?.body, third?.body);
  });

  test('a 404 is tried again only with the next flush', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    await post([alert('Lost', 'missing', {}, {})]);
    await sameHooks('/missing', 2);
  });

  test('a 302 is followed as a GET and counts as delivered; a 307 posts again', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    await post([alert('Moved', 'found', {}, {}), alert('Moved', 'temporary', {}, {})]);
    await sameHooks('/found', 1);
    const [afterFound] = await sameHooks('/landing/found', 1);
    const [afterTemporary] = await sameHooks('/landing/temporary', 1);
    assert.deepEqual([afterFound?.method, afterTemporary?.method], ['GET', 'POST']);
  });

  test('credentials go along, and lists are cut at max_alerts', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    await post(['1', '2', '3'].map((n) => alert('Cut', 'cut', { instance: n }, { n })));
    const [hook] = await sameHooks('/cut', 1);
    assert.equal(hook?.authorization, 'Bearer s3cret');
    assert.equal((JSON.parse(hook.body) as { truncatedAlerts: number }).truncatedAlerts, 1);
  });

  test('alerts are listed alike, filtered alike, and inhibited alike', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    await post([
      alert('Cause', 'inhibit', { node: 'n1' }, {}),
      alert('Effect', 'inhibit', { node: 'n1' }, {}),
    ]);
    for (const query of [
      '',
      '?filter=alertname%3D%22Group%22',
      '?filter=alertname%3D~%22C.*%22&filter=node%21%3D%22%22',
      '?inhibited=false',
      '?active=false',
      '?receiver=inhibit',
      '?receiver=inh',
      '?filter=%7B',
    ]) {
      const [own, theirs] = await both(`/api/v2/alerts${query}`);
      assert.deepEqual(own, theirs, query);
    }
    const [hook] = await sameHooks('/inhibit', 1);
    assert.equal((JSON.parse(hook?.body ?? '') as { alerts: unknown[] }).alerts.length, 1);
  });

  test('a silence mutes, shows and expires alike', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    const silence = {
      matchers: [{ name: 'alertname', value: 'Silenced', isRegex: false }],
      startsAt: new Date(Date.now()).toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: 'test',
      comment: 'c',
    };
    for (const side of sides) {
      const { silenceID } = (await (
        await fetch(`${side.url}/api/v2/silences`, jsonPost(silence))
      ).json()) as { silenceID: string };
      await fetch(`${side.url}/api/v2/alerts`, jsonPost([alert('Silenced', 'plain', {}, {})]));
      const listed = await fetch(`${side.url}/api/v2/alerts?filter=alertname%3D%22Silenced%22`);
      const [shown] = (await listed.json()) as { status: { state: string; silencedBy: string[] } }[];
      assert.deepEqual([shown?.status.state, shown?.status.silencedBy], ['suppressed', [silenceID]]);
      const one = (await (await fetch(`${side.url}/api/v2/silence/${silenceID}`)).json()) as {
        status: unknown;
      };
      assert.deepEqual(one.status, { state: 'active' });
      assert.equal(
        (await fetch(`${side.url}/api/v2/silence/${silenceID}`, { method: 'DELETE' })).status,
        200,
      );
    }
    const [own, theirs] = await both('/api/v2/silences');
    assert.deepEqual(own, theirs);
  });

  for (const [what, path, init] of [
    ['an alert without labels', '/api/v2/alerts', jsonPost([{ annotations: {} }])],
    ['an alert with an impossible label name', '/api/v2/alerts', jsonPost([{ labels: { 'a-b': 'c' } }])],
    ['an end before the start', '/api/v2/alerts', jsonPost([alertEndingFirst()])],
    ['a body that is no list', '/api/v2/alerts', jsonPost({})],
    [
      'another content type',
      '/api/v2/alerts',
      { method: 'POST', body: '[]', headers: { 'content-type': 'text/plain' } },
    ],
    [
      'a silence without matchers',
      '/api/v2/silences',
      jsonPost({ matchers: [], startsAt: t0(), endsAt: t0(), createdBy: 'x', comment: 'x' }),
    ],
    [
      'a silence in the past',
      '/api/v2/silences',
      jsonPost({
        matchers: [{ name: 'a', value: 'b', isRegex: false }],
        startsAt: t0(),
        endsAt: t0(),
        createdBy: 'x',
        comment: 'x',
      }),
    ],
    ['an unknown silence', '/api/v2/silence/00000000-0000-4000-8000-000000000000', {}],
    [
      'the end of an unknown silence',
      '/api/v2/silence/00000000-0000-4000-8000-000000000000',
      { method: 'DELETE' },
    ],
    ['a silence id that is none', '/api/v2/silence/1', {}],
  ] as const) {
    test(`the same status for ${what}`, async (t) => {
      if (!needs(t, 'prometheus-alertmanager')) return;
      const statuses = await Promise.all(
        sides.map(async (side) => {
          const answer = await fetch(`${side.url}${path}`, init);
          await answer.arrayBuffer();
          return answer.status;
        }),
      );
      assert.equal(statuses[0], statuses[1]);
    });
  }

  test('the names of receivers', async (t) => {
    if (!needs(t, 'prometheus-alertmanager')) return;
    const [own, theirs] = await both('/api/v2/receivers');
    assert.deepEqual(own, theirs);
  });
});

async function startSide(
  start: (config: string) => Promise<{ url: string; stop(): Promise<void> }>,
): Promise<Side> {
  const hooks: Hook[] = [];
  const receiver = await startReceiver(hooks);
  const program = await start(configuration(receiver.url));
  const stop = async (): Promise<void> => {
    await program.stop();
    await receiver.close();
  };
  return { url: program.url, hooks, stop };
}

/** A receiver that answers by path: busy twice, missing, moved, else 200. */
async function startReceiver(hooks: Hook[]): Promise<LoopbackServer> {
  return listenOnLoopback(async (request, response) => {
    const path = request.url ?? '/';
    const { authorization, 'content-type': contentType } = request.headers;
    hooks.push({
      path,
      method: request.method ?? '',
      authorization,
      contentType,
      body: await readBody(request),
    });
    const busy = path === '/busy' && hooks.filter((hook) => hook.path === path).length < 3;
    const moved = { '/found': 302, '/temporary': 307 }[path];
    if (moved !== undefined) response.writeHead(moved, { location: `/landing${path}` }).end();
    else response.writeHead(busy ? 503 : path === '/missing' ? 404 : 200).end();
  });
}

function configuration(receiverUrl: string): string {
  const names = ['plain', 'ends', 'quiet', 'busy', 'missing', 'found', 'temporary', 'cut', 'inhibit'];
  const options: Readonly<Record<string, object>> = {
    quiet: { send_resolved: false },
    cut: { max_alerts: 2, http_config: { authorization: { credentials: 's3cret' } } },
  };
  return JSON.stringify({
    route: {
      receiver: 'plain',
      group_by: ['alertname', 'cluster'],
      group_wait: '300ms',
      group_interval: '1s',
      repeat_interval: '1h',
      routes: names.map((name) => ({ receiver: name, matchers: [`t="${name}"`] })),
    },
    receivers: names.map((name) => ({
      name,
      webhook_configs: [{ url: `${receiverUrl}/${name}`, ...options[name] }],
    })),
    inhibit_rules: [
      { source_matchers: ['alertname=Cause'], target_matchers: ['alertname=~"Eff.*"'], equal: ['node'] },
    ],
  });
}

/** An alert with a start and an end in whole milliseconds, as Prometheus sends them. */
function alert(
  alertname: string,
  t: string,
  labels: Record<string, string>,
  annotations: Record<string, string>,
): object {
  return {
    labels: { alertname, t, cluster: 'c1', ...labels },
    annotations,
    startsAt: new Date(Date.now()).toISOString(),
    endsAt: new Date(Date.now() + 600_000).toISOString(),
    generatorURL: 'http://prometheus:9090/graph?g0.expr=a&g0.tab=1',
  };
}

function alertEndingFirst(): object {
  return { labels: { alertname: 'Back' }, startsAt: '2026-01-02T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' };
}

function t0(): string {
  return '2020-01-01T00:00:00Z';
}

function jsonPost(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function answersOf(sides: readonly Side[], path: string, init: RequestInit): Promise<unknown[]> {
  return Promise.all(
    sides.map(async (side) => {
      const answer = await fetch(`${side.url}${path}`, init);
      const text = await answer.text();
      // The words of a refusal differ; that and how it is refused must not.
      if (answer.status !== 200) return { status: answer.status };
      return { status: 200, body: text === '' ? undefined : (JSON.parse(masked(text)) as unknown) };
    }),
  );
}

/** A hook without what differs from run to run: times. */
function comparable(hook: Hook): Hook {
  return { ...hook, body: masked(hook.body) };
}

function masked(text: string): string {
  return text
    .replace(/"(startsAt|updatedAt|uptime)":"[^"]*"/g, '"$1":"T"')
    .replace(/"endsAt":"(?!0001)[^"]*"/g, '"endsAt":"T"')
    .replace(/"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"/g, '"ID"');
}

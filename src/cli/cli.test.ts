import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fakeIncident, fakeOperation, fakePlaybook } from '../server/fake-incident.ts';
import { type FakeServer, fakeServer, person } from '../server/fake-server.ts';
import { runCli } from './cli.ts';
import { FakeTerminal } from './fake-terminal.ts';

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

async function runova(
  args: string,
  env: Record<string, string> = {},
  answers: readonly string[] = [],
): Promise<Ran> {
  const terminal = new FakeTerminal(env, answers);
  const exit = await runCli(args.split(' '), terminal);
  return { exit, out: terminal.stdout, err: terminal.stderr };
}

async function listening(
  change: Parameters<typeof fakeServer>[0] = {},
): Promise<FakeServer & { readonly env: { RUNOVA_SERVER: string } }> {
  const fake = await fakeServer(change);
  const env = { RUNOVA_SERVER: await fake.server.start() };
  fake.store.rows.push({ incident: fakeIncident(), dueAtMs: undefined });
  fake.store.ledger.push(fakeOperation());
  fake.store.books.push(fakePlaybook());
  return { ...fake, env };
}

const ASKING = fakeIncident({
  id: 42,
  state: 'asking',
  asking: {
    plan: fakeOperation().plan,
    sinceMs: Date.UTC(2026, 10, 3, 1, 15),
    expiresAtMs: Date.UTC(2099, 0, 1),
  },
});

describe('what everybody types first', () => {
  test('version and help are data and end well', async () => {
    assert.deepEqual(await runova('version'), { exit: 0, out: '0.1.0\n', err: '' });
    const help = await runova('--help');
    assert.equal(help.exit, 0);
    assert.match(help.out, /Look:[\s\S]*Decide:[\s\S]*Set up:/);
  });

  test('a wrong word, flag or number is exit 2, with a guess and where to look', async () => {
    for (const [args, guess] of [
      ['incidnts', /Did you mean incidents\?/],
      ['incidents --ouptut json', /Did you mean --output\?/],
      ['incidents -o xml', /Allowed choices are table, wide, json, yaml/],
      ['incident forty', /number from 1 up/],
      ['close 41', /runova close 41 --because/],
    ] as const) {
      const ran = await runova(args);
      assert.equal(ran.exit, 2, args);
      assert.match(ran.err, guess);
      assert.equal(ran.out, '');
    }
  });

  test('a server that is not there is exit 3, and says how to name another', async () => {
    const ran = await runova('status --server http://127.0.0.1:1');
    assert.equal(ran.exit, 3);
    assert.match(
      ran.err,
      /^error: Runova at http:\/\/127\.0\.0\.1:1: .+\nhint: .*--server URL or RUNOVA_SERVER\n$/,
    );
  });

  test('a configuration that is missing is exit 2, with what is the least', async () => {
    const ran = await runova('config lint /nowhere/runova.yaml');
    assert.equal(ran.exit, 2);
    assert.match(ran.err, /hint: /);
  });

  test('a setting without effect is warned of, beside the data, and is no error', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runova-cli-'));
    const file = join(folder, 'runova.yaml');
    const endpoints = 'cluster: { alerts: { url: "http://a:9093" }, metrics: { url: "http://m:9090" } }\n';
    await writeFile(file, `${endpoints}maintenance:\n  daily: "06:00"\n`);
    const warning = 'warning: runova.yaml:2: maintenance is checked, but this version does nothing with it\n';
    const linted = await runova(`config lint ${file}`);
    assert.equal(linted.exit, 0);
    assert.ok(linted.err.startsWith(warning), linted.err);
    const shown = await runova(`config show --config ${file}`);
    assert.deepEqual([shown.exit, shown.err], [0, warning]);
    await rm(folder, { recursive: true });
  });
});

describe('looking', () => {
  test('prints tables for people and the fields of the API for programs', async () => {
    await using fake = await listening();
    const table = await runova('incidents', fake.env);
    assert.equal(table.exit, 0);
    assert.match(table.out, /^ID   STATE {6}SEVERITY/);
    assert.match(table.out, /41 {3}resolved {3}warning {4}HighMemoryUsage {3}Deployment shop-prod\/checkout/);
    const json = JSON.parse((await runova('incidents -o json', fake.env)).out) as { items: { id: number }[] };
    assert.equal(json.items[0]?.id, 41);
    assert.match((await runova('incidents -o yaml', fake.env)).out, /^cluster: hel1-prod\nitems:\n/);
    assert.match((await runova('alerts', fake.env)).out, /namespace="shop-prod"/);
    assert.match((await runova('incident 41', fake.env)).out, /^INCIDENT 41 /);
  });

  test('an empty list is good and says so beside the data', async () => {
    await using fake = await listening();
    assert.deepEqual(await runova('incidents -n elsewhere', fake.env), {
      exit: 0,
      out: '',
      err: 'No incidents in namespace elsewhere.\n',
    });
    const json = await runova('incidents -n elsewhere -o json', fake.env);
    assert.deepEqual((JSON.parse(json.out) as { items: unknown[] }).items, []);
  });

  test('status is exit 1 when something needs to be looked at', async () => {
    await using good = await listening();
    assert.equal((await runova('status', good.env)).exit, 0);
    await using bad = await listening({ notReady: () => ['the store is away'] });
    const ran = await runova('status', bad.env);
    assert.equal(ran.exit, 1);
    assert.match(ran.out, /NOT GOOD[\s\S]*the store is away/);
  });

  test('an incident that does not exist is exit 1', async () => {
    await using fake = await listening();
    const ran = await runova('incident 999', fake.env);
    assert.deepEqual([ran.exit, ran.out], [1, '']);
    assert.match(ran.err, /hint: runova incidents/);
  });

  test('a wrong token is exit 2 and says where the right one goes', async () => {
    await using fake = await listening({ access: [person('anna', 'operator', 'right')] });
    const wrong = await runova('incidents', { ...fake.env, RUNOVA_TOKEN: 'wrong' });
    assert.equal(wrong.exit, 2);
    assert.match(wrong.err, /hint: RUNOVA_TOKEN=\.\.\. or --token-file FILE/);
    assert.equal((await runova('incidents', { ...fake.env, RUNOVA_TOKEN: 'right' })).exit, 0);
  });

  test('watching prints a row for each change until it is interrupted', async () => {
    await using fake = await listening({ times: { eventPollMs: 1 } });
    const terminal = new FakeTerminal(fake.env);
    const seen = Promise.withResolvers<void>();
    const write = terminal.out.bind(terminal);
    terminal.out = (text) => {
      write(text);
      if (terminal.stdout.split('\n').length > 3) seen.resolve();
    };
    const exit = runCli(['incidents', '-w'], terminal);
    await fake.listened;
    fake.store.lines.push({ incident: 41, sequence: 1, atMs: 0, kind: 'noted', text: 'x' });
    await seen.promise;
    terminal.interrupt();
    assert.equal(await exit, 0);
    assert.equal(terminal.stdout.match(/^ID/gm)?.length, 1);
  });

  test('a bundle holds page, decision, fields, timeline and evidence, and no name leads out of the folder', async () => {
    await using fake = await listening();
    fake.store.bundles.set(
      41,
      JSON.stringify({
        takenAtMs: 0,
        previousLogs: [{ pod: '../../etc/x', container: 'app', text: 'Error: SMTP_PASSWORD is not set\n' }],
        events: [],
        redacted: 3,
        missing: [],
      }),
    );
    const folder = await mkdtemp(join(tmpdir(), 'runova-bundle-'));
    try {
      const ran = await runova(`incident 41 --bundle ${folder}/41`, fake.env);
      assert.deepEqual([ran.exit, ran.out], [0, '']);
      const names = (await readdir(`${folder}/41`)).toSorted();
      assert.deepEqual(names, [
        '__.._etc_x.app.log',
        'decision.txt',
        'evidence.json',
        'incident.json',
        'incident.txt',
        'timeline.json',
      ]);
      assert.match(await readFile(`${folder}/41/decision.txt`, 'utf8'), /May it act at all\?/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('deciding', () => {
  test('an approval names the plan that was seen: asked for at a terminal, by its digest in a pipe', async () => {
    await using fake = await listening();
    fake.store.rows.push({ incident: ASKING, dueAtMs: undefined });
    const piped = await runova('approve 42', fake.env);
    assert.equal(piped.exit, 2);
    assert.match(piped.err, /hint: runova approve 42 --digest c0ffee/);
    const declined = await runova('approve 42', fake.env, ['n']);
    assert.equal(declined.exit, 1);
    assert.deepEqual(fake.commands, []);
    const approved = await runova('approve 42', fake.env, ['y']);
    assert.equal(approved.exit, 0);
    assert.match(approved.err, /Deployment shop-prod\/checkout: replicas 3 → 4/);
    assert.equal((await runova('approve 42 --digest c0ffee', fake.env)).exit, 0);
    assert.deepEqual(
      fake.commands.map(({ command }) => command),
      [
        { kind: 'approve', incident: 42, digest: 'c0ffee' },
        { kind: 'approve', incident: 42, digest: 'c0ffee' },
      ],
    );
  });

  test('what asks nothing cannot be approved', async () => {
    await using fake = await listening();
    const ran = await runova('approve 41', fake.env);
    assert.equal(ran.exit, 1);
    assert.match(ran.err, /it asks nothing: it is resolved/);
  });

  test('take, retry, close and reject reach the server with their reasons', async () => {
    await using fake = await listening();
    for (const args of [
      'take 41 --until 08:00 --because mine',
      'retry 41 --rung 2',
      'close 41 --because done',
      'reject 41',
    ]) {
      assert.equal((await runova(args, fake.env)).exit, 0, args);
    }
    assert.deepEqual(fake.commands[0]?.command, {
      kind: 'take',
      incident: 41,
      because: 'mine',
      untilMs: Date.UTC(2026, 10, 3, 7),
    });
    assert.deepEqual(fake.commands[1]?.command, { kind: 'retry', incident: 41, rung: 2 });
  });

  test('what does not apply is exit 1 with the reason', async () => {
    await using fake = await listening({ outcome: { kind: 'refused', why: 'it has ended' } });
    const ran = await runova('retry 41', fake.env);
    assert.equal(ran.exit, 1);
    assert.match(ran.err, /^error: .*: it has ended\nhint: runova incident 41\n$/);
  });

  test('pause needs no reason, says how to resume, and resume says what is still paused', async () => {
    await using fake = await listening();
    const paused = await runova('pause', fake.env);
    assert.deepEqual([paused.exit, paused.out], [0, '']);
    assert.match(paused.err, /hint: runova resume\n/);
    assert.equal((await runova('pause -n shop --because deploy', fake.env)).exit, 0);
    const resumed = await runova('resume', fake.env);
    assert.equal(resumed.exit, 0);
    assert.match(resumed.err, /Still paused: namespace shop, by local: deploy/);
    const again = await runova('resume', fake.env);
    assert.equal(again.exit, 1);
    assert.match(again.err, /hint: runova resume --namespace shop/);
  });
});

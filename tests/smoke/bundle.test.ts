import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { VERSION } from '../../src/platform/version.ts';
import { runovaConfig } from '../acceptance/runova-config.ts';
import { RunovaServer, type CommandEnd } from '../acceptance/runova-server.ts';
import { startSandboxGround, type SandboxGround } from '../acceptance/sandbox-ground.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
/** Above this a body is read by the worker thread, which is a file of its own in the bundle. */
const LARGE_BODY_BYTES = 1_100_000;
const SHIPPED = ['high-error-rate', 'high-memory-usage', 'pod-crash-loop'];

describe('the bundle, unpacked into an empty folder', () => {
  let folder: string;
  let main: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runova-smoke-'));
    await run(process.execPath, [join(ROOT, 'tools/build.ts')], { cwd: ROOT });
    // What `npm publish` would ship: `files` of package.json decides, and nothing is fetched.
    await run('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', folder], { cwd: ROOT });
    const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    assert.ok(archive !== undefined, 'npm pack wrote an archive');
    await run('tar', ['-xzf', archive], { cwd: folder });
    main = join(folder, 'package/dist/runova.mjs');
    await mkdir(join(folder, 'elsewhere'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs the bundle in a folder that has nothing in it. */
  function runova(...args: readonly string[]): Promise<CommandEnd> {
    const { promise, resolve } = Promise.withResolvers<CommandEnd>();
    const options = { cwd: join(folder, 'elsewhere'), env: { ...process.env, NO_COLOR: '1' } };
    execFile(process.execPath, [main, ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    return promise;
  }

  test('says its version', async () => {
    const { code, out, err } = await runova('version');
    assert.equal(code, 0, err);
    assert.equal(out, `${VERSION}\n`);
  });

  test('finds the shipped playbooks, and finds them good', async () => {
    const linted = await runova('playbooks', 'lint');
    assert.equal(linted.code, 0, linted.out + linted.err);
    const { code, out, err } = await runova('playbooks', 'list');
    assert.equal(code, 0, err);
    for (const name of SHIPPED) assert.match(out, new RegExp(name));
  });

  test('shows the configuration in effect', async () => {
    const config = join(folder, 'elsewhere', 'small.yaml');
    await writeFile(
      config,
      'cluster: { name: smoke, alerts: { url: "http://127.0.0.1:9" }, metrics: { url: "http://127.0.0.1:9" } }\n',
    );
    const { code, out, err } = await runova('config', 'show', '--config', config);
    assert.equal(code, 0, err);
    assert.match(out, /mode: +observe/);
  });

  describe('as a server', () => {
    let ground: SandboxGround;
    let server: RunovaServer;

    before(async () => {
      ground = await startSandboxGround([]);
      const away = 'http://127.0.0.1:9';
      const terms = {
        mode: 'observe',
        namespace: 'shop',
        metrics: away,
        alerts: away,
        proofTimeout: '60s',
        hold: '4s',
      } as const;
      server = await RunovaServer.prepare({
        name: 'smoke',
        kubeconfig: ground.kubeconfig,
        config: runovaConfig(terms),
        main,
      });
      await server.start();
    });

    after(async () => {
      await server.stop();
      await ground.stop();
    });

    test('is ready, with its store on disk', async () => {
      const answer = await fetch(`${server.url}/readyz`);
      await answer.arrayBuffer();
      assert.equal(answer.status, 200);
      assert.ok((await readdir(server.folder)).includes('runova.db'));
    });

    test('takes a webhook, and a large one in its worker thread', async () => {
      assert.equal(await server.webhook(webhookOf('')), 202);
      assert.equal(await server.webhook(webhookOf('x'.repeat(LARGE_BODY_BYTES))), 202);
    });
  });
});

/** A webhook with one alert, made larger by a field that nobody reads. */
function webhookOf(padding: string): object {
  return {
    version: '4',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'SomethingElse', size: String(padding.length) },
        annotations: {},
        startsAt: '2026-11-03T02:11:04Z',
        fingerprint: padding === '' ? '0000000000000001' : '0000000000000002',
      },
    ],
    padding,
  };
}

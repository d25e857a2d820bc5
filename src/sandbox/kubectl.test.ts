import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { startSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { SCRATCH } from './scratch-platform.ts';
import { buildScratchWorld } from './world.ts';

interface Result {
  code: number;
  out: string;
  err: string;
}

function run(args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile('kubectl', [...args], (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}

/** Whether a kubectl of 1.30 or newer is here. */
async function hasKubectl(): Promise<boolean> {
  const { code, out } = await run(['version', '--client', '-o', 'json']);
  if (code !== 0) return false;
  const { clientVersion } = JSON.parse(out) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10) >= 30;
}

describe('kubectl', () => {
  let sandbox: Sandbox;
  let folder: string;
  let isHere: boolean;

  before(async () => {
    isHere = await hasKubectl();
    folder = await mkdtemp(join(tmpdir(), 'runova-kubectl-'));
    sandbox = await startSandbox({
      tls: true,
      world: (platform) => buildScratchWorld(platform, [{ ...SCRATCH, budget: true }]),
    });
    await writeFile(join(folder, 'admin'), sandbox.kubeconfig('admin'));
    await writeFile(join(folder, 'observer'), sandbox.kubeconfig('observer'));
  });
  after(async () => {
    await sandbox.stop();
    await rm(folder, { recursive: true });
  });

  const kubectl = (line: string, user = 'admin'): Promise<Result> =>
    run([
      '--kubeconfig',
      join(folder, user),
      '--cache-dir',
      join(folder, 'cache'),
      '-n',
      'scratch',
      ...line.split(' '),
    ]);

  /** Runs commands that must succeed and returns what they printed. */
  async function succeeds(context: TestContext, lines: readonly string[]): Promise<string[]> {
    if (!isHere) {
      context.diagnostic('NOT PROVED: no kubectl of 1.30 or newer on this computer');
      return [];
    }
    const printed: string[] = [];
    for (const line of lines) {
      const { code, out, err } = await kubectl(line);
      assert.equal(code, 0, `kubectl ${line}\n${err}`);
      printed.push(out);
    }
    return printed;
  }

  test('gets, describes, explains itself and reads logs and events', async (context) => {
    const [table, all, names] = await succeeds(context, [
      'get pods',
      'get all',
      'get pods -l app=web -o jsonpath={.items[*].metadata.name}',
      'get deploy,rs,pdb,nodes -o wide',
      'get deploy web -o yaml',
      'describe deploy web',
      'describe pod -l app=web',
      'logs -l app=web --tail=1',
      'events',
      'get events',
      'api-resources',
      'version',
    ]);
    if (table === undefined) return;
    assert.match(table, /NAME +READY +STATUS +RESTARTS +AGE\nweb-\S+ +1\/1 +Running/);
    assert.match(all ?? '', /deployment\.apps\/web +3\/3/);
    assert.equal(names?.split(' ').length, 3);
  });

  test('annotates, labels, patches, scales, restarts, waits and undoes', async (context) => {
    const [history] = (
      await succeeds(context, [
        'annotate deploy web note=x',
        'label deploy web tier=front',
        'patch deploy web -p {"spec":{"minReadySeconds":0}}',
        'scale deploy web --replicas=4',
        'rollout status deploy/web --timeout=20s',
        'rollout restart deploy/web',
        'rollout status deploy/web --timeout=20s',
        'rollout undo deploy/web',
        'rollout status deploy/web --timeout=20s',
        'wait --for=condition=Available deploy/web --timeout=5s',
        'rollout history deploy/web',
      ])
    ).slice(-1);
    if (history === undefined) return;
    assert.deepEqual(
      [...history.matchAll(/^(\d+) /gm)].map((match) => Number(match[1])),
      [1, 3, 4],
    );
  });

  test('applies on the server, shows the difference and deletes', async (context) => {
    const file = join(folder, 'settings.json');
    await writeFile(
      file,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings' },
        data: { a: '1' },
      }),
    );
    const lines = [
      `apply --server-side -f ${file}`,
      `diff --server-side -f ${file}`,
      `apply -f ${file} --server-side --force-conflicts`,
      `delete -f ${file}`,
    ];
    await succeeds(context, lines);
  });

  test('cordons, drains within the budget, and uncordons', async (context) => {
    await succeeds(context, [
      'cordon k3s-1',
      'drain k3s-1 --ignore-daemonsets --timeout=60s',
      'uncordon k3s-1',
      'rollout status deploy/web --timeout=20s',
    ]);
  });

  test('is told what its user may do', async (context) => {
    const [answer] = await succeeds(context, ['auth can-i delete pods']);
    if (answer === undefined) return;
    assert.equal(answer, 'yes\n');
    assert.equal((await kubectl('auth can-i delete pods', 'observer')).out, 'no\n');
    assert.match(
      (await kubectl('delete deploy web', 'observer')).err,
      /Error from server \(Forbidden\): deployments.apps "web" is forbidden: User "observer" cannot delete/,
    );
  });
});

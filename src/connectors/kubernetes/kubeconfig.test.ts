import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { VirtualClock } from '../../../tests/fakes/virtual-clock.ts';
import { inClusterAccess, kubeconfigAccess } from './kubeconfig.ts';

const { signal } = new AbortController();

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runova-kubeconfig-'));
});
afterEach(() => rm(folder, { recursive: true }));

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function access(cluster: object, user: object, clock = new VirtualClock(), context?: string) {
  const path = join(folder, 'config');
  const config = {
    'current-context': 'one',
    clusters: [{ name: 'c', cluster: { server: 'https://api.example.org:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(path, JSON.stringify(config));
  return kubeconfigAccess({
    path,
    clock,
    env: { PATH: process.env['PATH'] },
    ...(context === undefined ? {} : { context }),
  });
}

/** A plugin that counts its runs in a file and prints what `status` says. */
async function plugin(status: object, apiVersion = 'client.authentication.k8s.io/v1'): Promise<string> {
  const script = join(folder, 'plugin.mjs');
  const answer = JSON.stringify({ kind: 'ExecCredential', apiVersion, status });
  await writeFile(
    script,
    `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(join(folder, 'runs'))}, process.env.KUBERNETES_EXEC_INFO + ' ' + process.env.EXTRA + '\\n');
console.log(${JSON.stringify(answer)});`,
  );
  return script;
}

const runs = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'runs'), 'utf8')).trim().split('\n');

function exec(script: string, more: object = {}) {
  const env = [{ name: 'EXTRA', value: 'extra' }];
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [script],
      env,
      ...more,
    },
  };
}

describe('a kubeconfig', () => {
  test('gives the server, the CA and the token of its current context', async () => {
    const { server, credentials, context } = await access(
      { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'kubernetes' },
      { token: 'hunter2' },
    );
    assert.equal(server, 'https://api.example.org:6443');
    assert.equal(context, 'one');
    const shown = await credentials.current(signal);
    assert.deepEqual(shown.headers, { authorization: 'Bearer hunter2' });
    assert.deepEqual(shown.tls, { ca: 'CA', servername: 'kubernetes' });
    assert.doesNotMatch(inspect(credentials, { depth: 9, showHidden: true }), /hunter2/);
  });

  test('reads client certificates, inline and from files beside it', async () => {
    await writeFile(join(folder, 'key.pem'), 'KEY');
    const { credentials } = await access(
      { 'insecure-skip-tls-verify': true },
      { 'client-certificate-data': base64('CERT'), 'client-key': 'key.pem' },
    );
    assert.deepEqual((await credentials.current(signal)).tls, {
      rejectUnauthorized: false,
      cert: 'CERT',
      key: 'KEY',
    });
  });

  test('reads a token file again after a minute, or at once when the token was refused', async () => {
    const clock = new VirtualClock();
    const file = join(folder, 'token');
    await writeFile(file, 'first\n');
    const { credentials } = await access({}, { tokenFile: file, token: 'ignored' }, clock);
    const token = async () => (await credentials.current(signal)).headers['authorization'];
    assert.equal(await token(), 'Bearer first');
    await writeFile(file, 'second');
    assert.equal(await token(), 'Bearer first');
    clock.advance(60_000);
    assert.equal(await token(), 'Bearer second');
    await writeFile(file, 'third');
    credentials.forget();
    assert.equal(await token(), 'Bearer third');
    await rm(file);
    credentials.forget();
    assert.equal(await token(), 'Bearer third');
  });

  test('names what is wrong with it', async () => {
    await assert.rejects(access({}, {}, new VirtualClock(), 'two'), /has no context "two" \(it has: one\)/);
    await assert.rejects(access({ server: 'api' }, {}), /is wrong at server/);
    await assert.rejects(access({ 'proxy-url': 'http://p' }, {}), /proxy-url is not supported/);
    await assert.rejects(access({}, { 'auth-provider': {} }), /auth-provider is not supported/);
    const path = join(folder, 'missing');
    await assert.rejects(kubeconfigAccess({ path, clock: new VirtualClock(), env: {} }), /cannot be read/);
  });
});

describe('a credential plugin', () => {
  test('is run once for many, told what it asked for, and again when its token expires', async () => {
    const clock = new VirtualClock();
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString();
    const script = await plugin({ token: 'hunter2', expirationTimestamp });
    const { credentials } = await access({}, exec(script, { provideClusterInfo: true }), clock);
    const both = await Promise.all([credentials.current(signal), credentials.current(signal)]);
    assert.deepEqual(
      both.map(({ headers }) => headers),
      [{ authorization: 'Bearer hunter2' }, { authorization: 'Bearer hunter2' }],
    );
    const [info, ...more] = await runs();
    assert.deepEqual(more, []);
    assert.match(
      info ?? '',
      /"interactive":false,"cluster":\{"server":"https:\/\/api\.example\.org:6443".* extra$/,
    );
    clock.advance(500_000);
    await credentials.current(signal);
    assert.equal((await runs()).length, 1);
    clock.advance(100_000);
    await credentials.current(signal);
    assert.equal((await runs()).length, 2);
  });

  test('is run again when its token was refused', async () => {
    const { credentials } = await access({}, exec(await plugin({ token: 'hunter2' })));
    await credentials.current(signal);
    credentials.forget();
    await credentials.current(signal);
    assert.equal((await runs()).length, 2);
  });

  test('may give a client certificate', async () => {
    const { credentials } = await access(
      {},
      exec(await plugin({ clientCertificateData: 'CERT', clientKeyData: 'KEY' })),
    );
    assert.deepEqual((await credentials.current(signal)).tls, { cert: 'CERT', key: 'KEY' });
  });

  test('that fails is named with its words on stderr and the hint, not with its output', async () => {
    const script = join(folder, 'fails.mjs');
    await writeFile(
      script,
      `console.log('hunter2'); console.error('log in first\\u001b[1m'); process.exit(3);`,
    );
    const { credentials } = await access({}, exec(script, { installHint: 'Run: acme login' }));
    await assert.rejects(credentials.current(signal), (error: Error & { hint?: string }) => {
      assert.match(error.message, /gave no credential: 3: log in first/);
      assert.ok(!error.message.includes('hunter2') && !error.message.includes('\u001b'));
      assert.equal(error.hint, 'Run: acme login');
      return true;
    });
  });

  test('that prints something else, another version or nothing to log in with is refused', async () => {
    const script = join(folder, 'html.mjs');
    await writeFile(script, `console.log('<html>');`);
    await assert.rejects(
      (await access({}, exec(script))).credentials.current(signal),
      /did not print an ExecCredential/,
    );
    const older = await plugin({ token: 'x' }, 'client.authentication.k8s.io/v1alpha1');
    await assert.rejects(
      (await access({}, exec(older))).credentials.current(signal),
      /it printed .*v1alpha1/,
    );
    const empty = await plugin({});
    await assert.rejects(
      (await access({}, exec(empty))).credentials.current(signal),
      /neither a token nor a certificate/,
    );
    await assert.rejects(
      (await access({}, exec(empty, { interactiveMode: 'Always' }))).credentials.current(signal),
      /needs a terminal/,
    );
  });
});

describe('access from inside a pod', () => {
  test('uses the service account of the pod', async () => {
    await writeFile(join(folder, 'token'), 'pod-token');
    await writeFile(join(folder, 'ca.crt'), 'CA');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const { server, credentials } = inClusterAccess({ clock: new VirtualClock(), env, directory: folder });
    assert.equal(server, 'https://[fd00::1]:443');
    assert.deepEqual(await credentials.current(signal), {
      headers: { authorization: 'Bearer pod-token' },
      tls: { ca: 'CA' },
    });
  });

  test('says so outside of one', () => {
    assert.throws(() => inClusterAccess({ clock: new VirtualClock(), env: {} }), /does not run in a pod/);
  });
});

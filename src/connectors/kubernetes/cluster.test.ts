import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EVEN_CHANCE } from '../../../tests/fakes/even-chance.ts';
import { QuickClock } from '../../../tests/fakes/quick-clock.ts';
import { json, scriptedServer, text } from '../../../tests/fakes/scripted-server.ts';
import type { Script } from '../../../tests/fakes/scripted-server.ts';
import { HttpClient } from '../http.ts';
import { KubernetesClient } from './client.ts';
import { KubernetesCluster } from './cluster.ts';

const { signal } = new AbortController();
const REF = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const TEMPLATE = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app' }] } };
const owned = (by: string) => [{ apiVersion: 'apps/v1', kind: 'Any', name: by, uid: by, controller: true }];
const deployment = (name: string) => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '7' },
  spec: { replicas: 1, template: TEMPLATE },
});

const OBJECTS: Readonly<Record<string, unknown>> = {
  '/apis/apps/v1/namespaces/shop/deployments/web': deployment('web'),
  '/apis/apps/v1/namespaces/shop/deployments': { items: [deployment('web'), deployment('api')] },
  '/apis/apps/v1/namespaces/shop/replicasets': {
    items: [
      {
        metadata: { name: 'web-1', uid: 'rs1', ownerReferences: owned('uid-web') },
        spec: { template: TEMPLATE },
      },
      {
        metadata: { name: 'api-1', uid: 'rs2', ownerReferences: owned('uid-api') },
        spec: { template: TEMPLATE },
      },
      {
        metadata: { name: 'web-0', uid: 'rs0', ownerReferences: owned('uid-earlier-web') },
        spec: { template: TEMPLATE },
      },
    ],
  },
  '/api/v1/namespaces/shop/pods': {
    items: [
      {
        metadata: { name: 'web-1-a', uid: 'p1', ownerReferences: owned('rs1') },
        status: { containerStatuses: [{ name: 'app', restartCount: 2 }] },
      },
      { metadata: { name: 'api-1-a', uid: 'p2', ownerReferences: owned('rs2') } },
      { metadata: { name: 'web-0-a', uid: 'p0', ownerReferences: owned('rs0') } },
      { metadata: { name: 'bare', uid: 'p3' } },
    ],
  },
  '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers': { items: null },
  '/apis/policy/v1/namespaces/shop/poddisruptionbudgets': { items: [] },
  '/api/v1/namespaces/shop/configmaps': { items: [] },
  '/api/v1/namespaces/shop': {
    metadata: { name: 'shop', uid: 'n', annotations: { 'runova.dev/hands-off': 'true' } },
  },
  '/api/v1/nodes': { items: [] },
  '/apis': { kind: 'APIGroupList', groups: [{ name: 'apps' }] },
};

const serve: Script = (request, response) => {
  const object = OBJECTS[request.path];
  if (object === undefined) text(response, 404, '404 page not found');
  else json(response, 200, object);
};

/** Everything as usual, but for what `odd` answers itself. */
async function open(odd: (...of: Parameters<Script>) => boolean = () => false) {
  const server = await scriptedServer((request, response) => {
    if (!odd(request, response)) serve(request, response);
  });
  const clock = new QuickClock();
  const http = new HttpClient({
    area: 'kubernetes',
    baseUrl: server.url,
    clock,
    chance: EVEN_CHANCE,
    version: '1',
  });
  return {
    server,
    clock,
    cluster: new KubernetesCluster({ client: new KubernetesClient(http), clock }),
    count: (path: string) => server.seen.filter((request) => request.path === path).length,
    async [Symbol.asyncDispose]() {
      http.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const forbidden = { kind: 'Status', reason: 'Forbidden', message: 'hpas is forbidden: User "x" cannot list' };

describe('a look', () => {
  test('takes only the pods and revisions of this very Deployment', async () => {
    await using at = await open();
    const looked = await at.cluster.look(REF, 'fresh', signal);
    assert.ok(looked.kind === 'found');
    assert.deepEqual(
      looked.view.pods.map(({ name }) => name),
      ['web-1-a'],
    );
    assert.deepEqual(
      looked.view.revisions.map(({ name }) => name),
      ['web-1'],
    );
    assert.equal(looked.view.namespaceAnnotations['runova.dev/hands-off'], 'true');
    assert.equal(looked.view.unread, undefined);
  });

  test('shares one set of lists with all others of the moment', async () => {
    await using at = await open();
    await Promise.all(Array.from({ length: 40 }, () => at.cluster.look(REF, 'fresh', signal)));
    assert.equal(at.count('/api/v1/namespaces/shop/pods'), 1);
    assert.equal(at.count('/apis/apps/v1/namespaces/shop/deployments/web'), 40);
    await Promise.all(['web', 'api'].map((name) => at.cluster.look({ ...REF, name }, 'shared', signal)));
    assert.equal(at.count('/apis/apps/v1/namespaces/shop/deployments'), 1);
    assert.equal(at.count('/api/v1/namespaces/shop/pods'), 1);
    at.clock.advance(6_000);
    await at.cluster.look(REF, 'shared', signal);
    assert.equal(at.count('/api/v1/namespaces/shop/pods'), 2);
  });

  test('is as old as the oldest thing in it', async () => {
    await using at = await open();
    const readAtMs = at.clock.now();
    await at.cluster.look(REF, 'shared', signal);
    at.clock.advance(3_000);
    const looked = await at.cluster.look(REF, 'shared', signal);
    assert.ok(looked.kind === 'found' && looked.view.readAtMs === readAtMs);
  });

  test('asks for the metadata of ConfigMaps alone, and never for Secrets', async () => {
    await using at = await open();
    await at.cluster.look(REF, 'fresh', signal);
    const maps = at.server.seen.find(({ path }) => path.endsWith('/configmaps'));
    assert.match(maps?.headers.accept ?? '', /as=PartialObjectMetadataList/);
    assert.ok(at.server.seen.every(({ path }) => !path.endsWith('/secrets')));
  });

  for (const kind of ['horizontalpodautoscalers', 'poddisruptionbudgets', 'pods', 'nodes']) {
    test(`fails when ${kind} may not be listed: none is not what that means`, async () => {
      await using at = await open((request, response) => {
        if (!request.path.endsWith(`/${kind}`)) return false;
        json(response, 403, forbidden);
        return true;
      });
      await assert.rejects(at.cluster.look(REF, 'fresh', signal), {
        code: 'kubernetes/forbidden',
        retry: 'never',
      });
    });
  }

  test('says which list it may not read where no guard depends on it', async () => {
    await using at = await open((request, response) => {
      if (!request.path.endsWith('/configmaps')) return false;
      json(response, 403, forbidden);
      return true;
    });
    const looked = await at.cluster.look(REF, 'fresh', signal);
    assert.ok(looked.kind === 'found');
    assert.deepEqual(looked.view.unread, ['ConfigMaps']);
  });

  test('does not take a built-in list that is not there for an empty one', async () => {
    await using at = await open((request, response) => {
      if (!request.path.endsWith('/horizontalpodautoscalers')) return false;
      text(response, 404, '404 page not found');
      return true;
    });
    await assert.rejects(at.cluster.look(REF, 'fresh', signal), { code: 'kubernetes/not-served' });
  });

  test('reads optional kinds in the version that the cluster prefers', async () => {
    const groups = [{ name: 'keda.sh', preferredVersion: { version: 'v1alpha1' } }];
    const scaled = {
      items: [{ metadata: { name: 'k', uid: 'k' }, spec: { scaleTargetRef: { name: 'web' } } }],
    };
    await using at = await open((request, response) => {
      if (request.path === '/apis') json(response, 200, { kind: 'APIGroupList', groups });
      else if (request.path === '/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects')
        json(response, 200, scaled);
      else return false;
      return true;
    });
    const looked = await at.cluster.look(REF, 'fresh', signal);
    assert.ok(looked.kind === 'found');
    assert.deepEqual(
      looked.view.autoscalers.map(({ kind }) => kind),
      ['ScaledObject'],
    );
  });

  test('reads a long list page by page, and again from its beginning when a page has expired', async () => {
    const pods = OBJECTS['/api/v1/namespaces/shop/pods'] as { items: unknown[] };
    let expired = false;
    await using at = await open((request, response) => {
      if (!request.path.endsWith('/pods')) return false;
      const next = request.query.get('continue');
      assert.equal(request.query.get('limit'), '500');
      if (next === null)
        json(response, 200, { metadata: { continue: 'more&' }, items: pods.items.slice(0, 1) });
      else if (expired) json(response, 200, { metadata: {}, items: pods.items.slice(1) });
      else
        json(response, 410, {
          kind: 'Status',
          reason: 'Expired',
          message: 'The provided continue parameter is too old',
        });
      if (next !== null) expired = true;
      return true;
    });
    const looked = await at.cluster.look(REF, 'fresh', signal);
    assert.ok(looked.kind === 'found' && looked.view.pods.length === 1);
    assert.equal(at.count('/api/v1/namespaces/shop/pods'), 4);
  });

  for (const [what, body] of [
    ['HTML', '<html>login</html>'],
    ['cut off', '{"items":[{"meta'],
    ['of another type', '{"items":{"a":1}}'],
    ['a list of strangers', '{"items":[42]}'],
  ] as const) {
    test(`fails for an answer that is ${what}`, async () => {
      await using at = await open((request, response) => {
        if (!request.path.endsWith('/poddisruptionbudgets')) return false;
        text(response, 200, body);
        return true;
      });
      await assert.rejects(at.cluster.look(REF, 'fresh', signal), { code: 'kubernetes/invalid-answer' });
    });
  }

  test('at a name that cannot be one never leaves the process', async () => {
    await using at = await open();
    await assert.rejects(at.cluster.look({ ...REF, name: '../../secrets/x' }, 'fresh', signal), {
      code: 'kubernetes/refused',
    });
    await assert.rejects(at.cluster.look({ ...REF, kind: 'Secret' }, 'fresh', signal), {
      code: 'kubernetes/refused',
    });
    assert.equal(at.server.seen.length, 0);
  });
});

describe('evidence', () => {
  test('holds previous logs and events of the target, newest first, without secrets, and says what is missing', async () => {
    const event = (uid: string, note: string, at: string) => ({
      metadata: { name: note, uid: note },
      involvedObject: { kind: 'Pod', name: 'web-1-a', uid },
      reason: 'BackOff',
      message: note,
      lastTimestamp: at,
    });
    await using at = await open((request, response) => {
      if (request.path.endsWith('/web-1-a/log')) {
        assert.equal(request.query.get('previous'), 'true');
        assert.equal(request.query.get('tailLines'), '200');
        assert.ok(Number(request.query.get('limitBytes')) > 0);
        text(response, 200, 'start\n\u001b[31mDB_PASSWORD=hunter2 refused\n');
      } else if (request.path.endsWith('/events')) {
        const items = [
          event('p1', 'older', '2026-11-03T02:00:00Z'),
          event('p1', 'token=hunter3', '2026-11-03T02:05:00Z'),
          event('p9', 'of another', '2026-11-03T02:06:00Z'),
        ];
        json(response, 200, { items });
      } else return false;
      return true;
    });
    const evidence = await at.cluster.evidence(REF, signal);
    assert.deepEqual(evidence.previousLogs, [
      { pod: 'web-1-a', container: 'app', text: 'start\n[31mDB_PASSWORD=[redacted] refused\n' },
    ]);
    assert.deepEqual(
      evidence.events.map(({ note }) => note),
      ['token=[redacted]', 'older'],
    );
    assert.equal(evidence.redacted, 2);
    assert.deepEqual(evidence.missing, []);
  });

  test('lists what could not be read', async () => {
    await using at = await open((request, response) => {
      if (!/\/(?:log|events)$/.test(request.path)) return false;
      json(response, 403, { ...forbidden, message: 'pods/log is forbidden' });
      return true;
    });
    const { missing, previousLogs, events } = await at.cluster.evidence(REF, signal);
    assert.deepEqual([previousLogs, events], [[], []]);
    assert.equal(missing.length, 2);
    assert.match(missing[0] ?? '', /^previous log of web-1-a\/app: .*forbidden/);
  });
});

describe('a write', () => {
  test('is one request with precondition, mark and change', async () => {
    await using at = await open((request, response) => {
      if (request.method !== 'PATCH') return false;
      json(response, 200, { kind: 'Scale', metadata: { resourceVersion: '8' } });
      return true;
    });
    const write = {
      kind: 'scale',
      ref: REF,
      uid: 'uid-web',
      resourceVersion: '7',
      replicas: 4,
      manager: 'runova-41',
    } as const;
    assert.deepEqual(await at.cluster.write(write, 'real', signal), {
      kind: 'accepted',
      resourceVersion: '8',
    });
    const [request, ...more] = at.server.seen;
    assert.deepEqual(more, []);
    assert.equal(request?.path, '/apis/apps/v1/namespaces/shop/deployments/web/scale');
    assert.equal(request.query.toString(), 'fieldManager=runova-41');
    assert.equal(request.headers['content-type'], 'application/merge-patch+json');
    assert.deepEqual(JSON.parse(request.body), {
      metadata: { uid: 'uid-web', resourceVersion: '7' },
      spec: { replicas: 4 },
    });
  });

  test('whose answer is lost is not sent again and may have had an effect', async () => {
    await using at = await open((request, response) => {
      if (request.method !== 'POST') return false;
      response.destroy();
      return true;
    });
    const write = { kind: 'evict', ref: REF, pod: 'web-1-a', uid: 'p1', manager: 'runova-41' } as const;
    await assert.rejects(at.cluster.write(write, 'real', signal), {
      effect: 'unknown',
      code: 'kubernetes/unreachable',
    });
    assert.equal(at.server.seen.length, 1);
    assert.deepEqual(JSON.parse(at.server.seen[0]?.body ?? '').deleteOptions, {
      preconditions: { uid: 'p1' },
    });
  });
});

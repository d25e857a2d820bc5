import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scratchPlatform, SCRATCH } from '../scratch-platform.ts';
import type { ScratchPlatform } from '../scratch-platform.ts';
import type { Deployment, ManagedFieldsEntry, Pod } from './objects.ts';
import type { ApiResponse } from './request.ts';

const WEB = '/apis/apps/v1/namespaces/scratch/deployments/web';
const PODS = '/api/v1/namespaces/scratch/pods';

function web(platform: ScratchPlatform): Deployment {
  const found = platform.api.store.get('deployments', 'scratch', 'web');
  assert.ok(found);
  return found;
}

function firstPod(platform: ScratchPlatform): Pod {
  const [pod] = platform.api.store.list('pods', 'scratch');
  assert.ok(pod);
  return pod;
}

function message(response: ApiResponse): string {
  return (response.body as { message?: string }).message ?? '';
}

describe('versions and generations', () => {
  test('every write bumps the resourceVersion, a write without effect does not', () => {
    const platform = scratchPlatform();
    const before = web(platform).metadata.resourceVersion;
    platform.send('admin', 'PATCH', WEB, { metadata: { labels: { tier: 'front' } } });
    const between = web(platform).metadata.resourceVersion;
    assert.notEqual(between, before);
    platform.send('admin', 'PATCH', WEB, { metadata: { labels: { tier: 'front' } } });
    assert.equal(web(platform).metadata.resourceVersion, between);
  });

  test('a stale resourceVersion in the body is refused with 409', () => {
    const platform = scratchPlatform();
    const stale = web(platform).metadata.resourceVersion;
    platform.send('admin', 'PATCH', WEB, { metadata: { labels: { tier: 'front' } } });
    const answer = platform.send('admin', 'PATCH', WEB, {
      metadata: { resourceVersion: stale, labels: { tier: 'back' } },
    });
    assert.equal(answer.status, 409);
    assert.equal(
      message(answer),
      'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
    );
    assert.equal(web(platform).metadata.labels?.['tier'], 'front');
  });

  test("a uid that is not the object's is refused with 409", () => {
    const platform = scratchPlatform();
    const answer = platform.send('admin', 'PATCH', WEB, {
      metadata: { uid: 'somebody-else', labels: { tier: 'x' } },
    });
    assert.equal(answer.status, 409);
    assert.match(message(answer), /Precondition failed: UID in precondition: somebody-else/);
  });

  test('a status write bumps the resourceVersion and not the generation, and changes nothing but the status', () => {
    const platform = scratchPlatform();
    const before = web(platform);
    const body = { spec: { replicas: 9 }, status: { ...before.status, readyReplicas: 1 } };
    assert.equal(platform.send('admin', 'PATCH', `${WEB}/status`, body).status, 200);
    const after = web(platform);
    assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.equal(after.spec.replicas, before.spec.replicas);
    assert.equal(after.status.readyReplicas, 1);
  });

  test('a change of the spec raises the generation at once, and the controller observes it later', () => {
    const platform = scratchPlatform();
    const before = web(platform).metadata.generation ?? 0;
    platform.send('admin', 'PATCH', WEB, { spec: { replicas: 2 } });
    assert.equal(web(platform).metadata.generation, before + 1);
    assert.equal(web(platform).status.observedGeneration, before);
    platform.settle();
    assert.equal(web(platform).status.observedGeneration, before + 1);
  });

  test('an annotation of a Deployment counts as a change of its spec, a label does not', () => {
    const platform = scratchPlatform();
    const before = web(platform).metadata.generation ?? 0;
    platform.send('admin', 'PATCH', WEB, { metadata: { labels: { tier: 'front' } } });
    assert.equal(web(platform).metadata.generation, before);
    platform.send('admin', 'PATCH', WEB, { metadata: { annotations: { note: 'x' } } });
    assert.equal(web(platform).metadata.generation, before + 1);
  });
});

describe('subresources', () => {
  test('a scale through the subresource drops annotations and is marked with its manager and subresource', () => {
    const platform = scratchPlatform();
    const answer = platform.send('runova', 'PATCH', `${WEB}/scale?fieldManager=runova-41.1`, {
      metadata: { annotations: { 'runova.dev/operation': '41.1' } },
      spec: { replicas: 4 },
    });
    assert.equal(answer.status, 200);
    assert.equal(platform.object(answer).kind, 'Scale');
    assert.equal(web(platform).spec.replicas, 4);
    assert.equal(web(platform).metadata.annotations?.['runova.dev/operation'], undefined);
    const entry = web(platform).metadata.managedFields?.find(
      (candidate: ManagedFieldsEntry) => candidate.manager === 'runova-41.1',
    );
    assert.equal(entry?.subresource, 'scale');
    assert.equal(entry?.operation, 'Update');
    assert.deepEqual(entry?.fieldsV1, { 'f:spec': { 'f:replicas': {} } });
  });

  test('a scale with the version that was planned is refused once that version is past', () => {
    const platform = scratchPlatform();
    const { resourceVersion, uid } = web(platform).metadata;
    const body = { metadata: { resourceVersion, uid }, spec: { replicas: 4 } };
    assert.equal(platform.send('runova', 'PATCH', `${WEB}/scale`, body).status, 200);
    assert.equal(platform.send('runova', 'PATCH', `${WEB}/scale`, body).status, 409);
    assert.equal(platform.api.ledger.effects('runova').length, 1);
  });

  test('a resize changes the resources of a running pod, which an update of the pod may not', () => {
    const platform = scratchPlatform();
    const { name } = firstPod(platform).metadata;
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const body = { spec: { containers: [{ name: 'app', resources: { limits: { memory: '768Mi' } } }] } };
    assert.equal(platform.send('admin', 'PATCH', `${PODS}/${name}`, body, headers).status, 422);
    assert.equal(
      platform.send('runova', 'PATCH', `${PODS}/${name}/resize?fieldManager=runova-1`, body, headers).status,
      200,
    );
    const pod = platform.api.store.get('pods', 'scratch', name);
    assert.equal(pod?.spec.containers[0]?.resources?.limits?.['memory'], '768Mi');
    assert.equal(pod?.status.containerStatuses?.[0]?.resources?.limits?.['memory'], '768Mi');
    assert.ok(
      pod?.metadata.managedFields?.some(
        (entry) => entry.manager === 'runova-1' && entry.subresource === 'resize',
      ),
    );
  });

  test('logs of a previous instance that never was are answered 400', () => {
    const platform = scratchPlatform();
    const answer = platform.send(
      'runova',
      'GET',
      `${PODS}/${firstPod(platform).metadata.name}/log?previous=true`,
    );
    assert.equal(answer.status, 400);
    assert.match(message(answer), /previous terminated container "app" in pod ".*" not found/);
  });

  test('logs come as text, at most as many lines as asked', () => {
    const platform = scratchPlatform();
    const answer = platform.send(
      'runova',
      'GET',
      `${PODS}/${firstPod(platform).metadata.name}/log?tailLines=1`,
    );
    assert.equal(answer.body, 'listening on :8080\n');
  });
});

describe('dry runs', () => {
  const podOf = (platform: ScratchPlatform, memory: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'trial-' },
    spec: {
      containers: [{ ...web(platform).spec.template.spec.containers[0], resources: { limits: { memory } } }],
    },
  });

  test('a dry run changes nothing but answers with what would be', () => {
    const platform = scratchPlatform();
    const before = web(platform);
    const answer = platform.send('runova', 'PATCH', `${WEB}/scale?dryRun=All`, { spec: { replicas: 5 } });
    assert.equal((platform.object(answer)['spec'] as { replicas: number }).replicas, 5);
    assert.equal(web(platform), before);
    assert.equal(platform.api.ledger.effects().length, 0);
    assert.equal(platform.api.ledger.writes().at(-1)?.dryRun, true);
  });

  test('a dry run meets the quota', () => {
    const platform = scratchPlatform();
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'memory' },
      spec: { hard: { 'limits.memory': '2Gi' } },
    };
    assert.equal(
      platform.send('admin', 'POST', '/api/v1/namespaces/scratch/resourcequotas', quota).status,
      201,
    );
    assert.equal(platform.send('runova', 'POST', `${PODS}?dryRun=All`, podOf(platform, '512Mi')).status, 201);
    const answer = platform.send('runova', 'POST', `${PODS}?dryRun=All`, podOf(platform, '1Gi'));
    assert.equal(answer.status, 403);
    assert.match(
      message(answer),
      /exceeded quota: memory, requested: limits.memory=1Gi, used: limits.memory=1536Mi, limited: limits.memory=2Gi/,
    );
    assert.equal(platform.api.store.list('pods', 'scratch').length, SCRATCH.replicas);
  });

  test('a dry run meets pod security', () => {
    const platform = scratchPlatform();
    platform.send('admin', 'PATCH', '/api/v1/namespaces/scratch', {
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    const answer = platform.send('runova', 'POST', `${PODS}?dryRun=All`, podOf(platform, '64Mi'));
    assert.equal(answer.status, 403);
    assert.match(
      message(answer),
      /violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false/,
    );
  });

  test('a dry run meets admission webhooks', () => {
    const platform = scratchPlatform();
    platform.api.admission.hooks.push({
      name: 'policy.example.org',
      review: ({ object, dryRun }) =>
        object.kind === 'Deployment' && dryRun ? 'change window is closed' : undefined,
    });
    const answer = platform.send('runova', 'PATCH', `${WEB}?dryRun=All`, { spec: { replicas: 4 } });
    assert.equal(answer.status, 403);
    assert.match(
      message(answer),
      /admission webhook "policy.example.org" denied the request: change window is closed/,
    );
  });
});

describe('rights', () => {
  test('a token that nobody has is answered 401', () => {
    const platform = scratchPlatform();
    const answer = platform.send('no-such-token', 'GET', WEB);
    assert.deepEqual(answer.body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
  });

  test("a token without the right is answered 403, in the server's words", () => {
    const platform = scratchPlatform();
    const answer = platform.send('observer', 'PATCH', `${WEB}/scale`, { spec: { replicas: 0 } });
    assert.equal(answer.status, 403);
    assert.equal(
      message(answer),
      'deployments.apps "web" is forbidden: User "observer" cannot patch resource "deployments/scale" in API group "apps" in the namespace "scratch"',
    );
    assert.equal(platform.api.ledger.effects().length, 0);
    assert.equal(platform.api.ledger.writes().at(-1)?.status, 403);
  });

  test('Runova may not read Secrets', () => {
    const platform = scratchPlatform();
    assert.equal(platform.send('runova', 'GET', '/api/v1/namespaces/scratch/secrets').status, 403);
  });

  test('a rule for one namespace does not hold in another', () => {
    const platform = scratchPlatform();
    platform.api.access.set({
      name: 'narrow',
      token: 'narrow',
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'], namespaces: ['other'] }],
    });
    assert.equal(platform.send('narrow', 'GET', WEB).status, 403);
  });

  test('a self access review answers what the rules say', () => {
    const platform = scratchPlatform();
    const ask = (verb: string) =>
      platform.send('observer', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb, group: 'apps', resource: 'deployments', namespace: 'scratch' } },
      });
    assert.deepEqual(platform.object(ask('list'))['status'], { allowed: true });
    assert.deepEqual(platform.object(ask('patch'))['status'], { allowed: false });
  });
});

describe('what the sandbox does not know', () => {
  test('an unknown API group is answered 404, as Kubernetes does', () => {
    const platform = scratchPlatform();
    assert.equal(platform.send('admin', 'GET', '/apis/metrics.example/v1').status, 404);
    assert.equal(platform.send('admin', 'GET', '/apis/metrics.example/v1/pods').status, 404);
  });

  test('an unknown resource or subresource of a known group is answered 501 with its name', () => {
    const platform = scratchPlatform();
    const resource = platform.send('admin', 'GET', '/apis/apps/v1/namespaces/scratch/daemonsets');
    assert.equal(resource.status, 501);
    assert.match(message(resource), /daemonsets\.apps/);
    const subresource = platform.send('admin', 'POST', `${PODS}/x/exec`);
    assert.equal(subresource.status, 501);
    assert.match(message(subresource), /pods\/exec/);
  });

  test('a patch language that a resource does not take is answered 415', () => {
    const platform = scratchPlatform();
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
    const path = '/apis/keda.sh/v1alpha1/namespaces/scratch/scaledobjects';
    platform.send('admin', 'POST', path, {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'web' },
      spec: {},
    });
    assert.equal(platform.send('admin', 'PATCH', `${path}/web`, { spec: {} }, strategic).status, 415);
    assert.equal(
      platform.send('admin', 'PATCH', WEB, {}, { 'content-type': 'application/json' }).status,
      415,
    );
  });
});

describe('the outside ledger', () => {
  test('holds every write with its user, manager, verdict and versions, and nothing that the controllers do', () => {
    const platform = scratchPlatform();
    assert.equal(platform.api.ledger.writes().length, 0);
    const before = web(platform).metadata.resourceVersion;
    platform.send('runova', 'PATCH', `${WEB}/scale?fieldManager=runova-7`, { spec: { replicas: 4 } });
    platform.send('observer', 'DELETE', WEB);
    const [scale, refused] = platform.api.ledger.writes();
    assert.equal(scale?.user, 'runova');
    assert.equal(scale?.verb, 'patch');
    assert.equal(scale?.subresource, 'scale');
    assert.equal(scale?.fieldManager, 'runova-7');
    assert.equal(scale?.before, before);
    assert.equal(scale?.after, web(platform).metadata.resourceVersion);
    assert.equal(refused?.status, 403);
    assert.deepEqual(
      platform.api.ledger.effects('runova').map((entry) => entry.sequence),
      [1],
    );
    assert.equal(platform.api.ledger.effects('observer').length, 0);
  });
});

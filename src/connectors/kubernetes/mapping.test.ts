import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { managersOf, maxUnavailableOf, podFrom, revisionNumber, timeMs, workloadFrom } from './mapping.ts';
import { deployable, podTemplate } from './pod-template.ts';
import { quantity } from './quantity.ts';
import { deploymentSchema, podSchema } from './schema.ts';
import { selects } from './selector.ts';
import { autoscalersOf, budgetsOf, configChangesOf } from './surroundings.ts';

const META = { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7', generation: 3 };
const TEMPLATE = {
  metadata: { labels: { app: 'web', 'pod-template-hash': 'abc' }, annotations: { a: '1' } },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'web:1',
        resources: { limits: { memory: '512Mi' } },
        envFrom: [{ secretRef: { name: 's1' } }, { configMapRef: { name: 'c1' } }],
        env: [
          { name: 'X', valueFrom: { secretKeyRef: { name: 's2', key: 'k' } } },
          { name: 'Y', value: 'plain' },
        ],
      },
    ],
    initContainers: [{ name: 'init', envFrom: [{ configMapRef: { name: 'c2' } }] }],
    volumes: [
      { name: 'v1', secret: { secretName: 's1' } },
      { name: 'v2', projected: { sources: [{ configMap: { name: 'c3' } }, { secret: { name: 's3' } }] } },
      { name: 'v3', emptyDir: {} },
    ],
  },
};

function deployment(spec: object = {}, status: object = {}, metadata: object = {}) {
  return deploymentSchema.parse({
    metadata: { ...META, ...metadata },
    spec: { template: TEMPLATE, ...spec },
    status,
  });
}

describe('a Deployment', () => {
  test('is mapped with the defaults of what the API server leaves out', () => {
    const workload = workloadFrom(deployment());
    assert.equal(workload.replicas, 1);
    assert.deepEqual(workload.status, { replicas: 0, updated: 0, ready: 0, available: 0 });
    assert.equal(workload.observedGeneration, 0);
    assert.equal(workload.deleting, false);
    assert.equal(workload.strategy, 'RollingUpdate');
  });

  test('is stuck only by its progress deadline', () => {
    const condition = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
    assert.equal(workloadFrom(deployment({}, { conditions: [condition] })).rolloutStuck, true);
    assert.equal(
      workloadFrom(deployment({}, { conditions: [{ ...condition, reason: 'ReplicaSetCreateError' }] }))
        .rolloutStuck,
      false,
    );
  });

  for (const [strategy, replicas, wanted] of [
    [undefined, 3, 0],
    [undefined, 8, 2],
    [{ type: 'Recreate' }, 3, 3],
    [{ rollingUpdate: { maxUnavailable: '34%', maxSurge: 0 } }, 3, 1],
    [{ rollingUpdate: { maxUnavailable: '10%', maxSurge: 0 } }, 3, 1],
    [{ rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }, 3, 0],
    [{ rollingUpdate: { maxUnavailable: 5, maxSurge: 0 } }, 3, 3],
  ] as const) {
    test(`with ${replicas} replicas and ${JSON.stringify(strategy)} may lose ${wanted} at once`, () => {
      assert.equal(maxUnavailableOf(deployment({ strategy }), replicas), wanted);
    });
  }

  test('keeps of its managers who owns the replicas and the template', () => {
    const managedFields = [
      {
        manager: 'runova-41',
        operation: 'Update',
        subresource: 'scale',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
      { manager: 'kustomize-controller', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:template': {} } } },
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        subresource: 'status',
        fieldsV1: { 'f:status': {} },
      },
    ];
    assert.deepEqual(managersOf(deployment({}, {}, { managedFields }).metadata), [
      {
        manager: 'runova-41',
        operation: 'Update',
        subresource: 'scale',
        ownsReplicas: true,
        ownsTemplate: false,
      },
      { manager: 'kustomize-controller', operation: 'Apply', ownsReplicas: false, ownsTemplate: true },
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        subresource: 'status',
        ownsReplicas: false,
        ownsTemplate: false,
      },
    ]);
  });

  test('has a revision number only when the annotation is one', () => {
    const key = 'deployment.kubernetes.io/revision';
    assert.equal(revisionNumber({ [key]: '12' }), 12);
    assert.equal(revisionNumber({ [key]: '1e9' }), 0);
    assert.equal(revisionNumber(undefined), 0);
  });
});

describe('a pod template', () => {
  test('names limits and every ConfigMap and Secret once', () => {
    const { containers, configs } = podTemplate(TEMPLATE);
    assert.deepEqual(containers, [{ name: 'app', image: 'web:1', memoryLimitBytes: 512 * 1_024 * 1_024 }]);
    assert.deepEqual(configs.map(({ kind, name }) => `${kind}/${name}`).toSorted(), [
      'ConfigMap/c1',
      'ConfigMap/c2',
      'ConfigMap/c3',
      'Secret/s1',
      'Secret/s2',
      'Secret/s3',
    ]);
  });

  test('is made deployable without the label of the ReplicaSet, with the marks on top', () => {
    const made = deployable(TEMPLATE, { 'runova.dev/operation': '9' });
    assert.deepEqual(made['metadata'], {
      labels: { app: 'web' },
      annotations: { a: '1', 'runova.dev/operation': '9' },
    });
    assert.equal(made['spec'], TEMPLATE.spec);
  });
});

describe('a pod', () => {
  test('shows what its containers wait for and how they ended, init containers only when something is wrong', () => {
    const object = podSchema.parse({
      metadata: { ...META, deletionTimestamp: '2026-11-03T02:11:04Z' },
      spec: { nodeName: 'n1' },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [
          {
            name: 'app',
            ready: false,
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: {
              terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-11-03T02:11:04Z' },
            },
          },
        ],
        initContainerStatuses: [
          { name: 'fine', restartCount: 0, state: {} },
          { name: 'bad', state: { waiting: { reason: 'ImagePullBackOff' } } },
        ],
      },
    });
    const pod = podFrom(object, 'web-abc');
    assert.equal(pod.terminating, true);
    assert.equal(pod.ready, false);
    assert.deepEqual(pod.containers, [
      {
        name: 'app',
        ready: false,
        restarts: 4,
        waiting: 'CrashLoopBackOff',
        lastExit: { reason: 'OOMKilled', code: 137, finishedAtMs: Date.UTC(2026, 10, 3, 2, 11, 4) },
      },
      { name: 'bad', ready: false, restarts: 0, waiting: 'ImagePullBackOff' },
    ]);
  });
});

describe('what surrounds a target', () => {
  const ref = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  const points = (name: string, kind?: string) => ({ ...(kind === undefined ? {} : { kind }), name });

  test('autoscalers count only when they point at it; a VPA acts unless Off or Initial; KEDA may be paused', () => {
    const keda = (annotations: Record<string, string>) => ({
      metadata: { ...META, name: 'k', annotations },
      spec: { scaleTargetRef: points('web') },
    });
    const vpa = (updateMode?: string) => ({
      metadata: META,
      spec: { targetRef: points('web', 'Deployment'), updatePolicy: { updateMode } },
    });
    const found = autoscalersOf(ref, {
      horizontal: [
        { metadata: META, spec: { scaleTargetRef: points('web', 'Deployment') } },
        { metadata: META, spec: { scaleTargetRef: points('web', 'StatefulSet') } },
        { metadata: META, spec: { scaleTargetRef: points('other', 'Deployment') } },
      ],
      scaledObjects: [
        keda({}),
        keda({ 'autoscaling.keda.sh/paused': 'true' }),
        keda({ 'autoscaling.keda.sh/paused': 'false' }),
        keda({ 'autoscaling.keda.sh/paused-replicas': '0' }),
      ],
      vertical: [vpa('Off'), vpa('Initial'), vpa('Auto'), vpa()],
    });
    assert.deepEqual(
      found.map(({ kind, acts, paused }) => `${kind.slice(0, 1)} ${acts} ${paused}`),
      [
        'H true false',
        'S true false',
        'S true true',
        'S true false',
        'S true true',
        'V false false',
        'V false false',
        'V true false',
        'V true false',
      ],
    );
  });

  test('a disruption budget that has not caught up with its spec allows nothing', () => {
    const budget = (observedGeneration: number) => ({
      metadata: META,
      spec: { selector: { matchLabels: { app: 'web' } } },
      status: { disruptionsAllowed: 2, observedGeneration },
    });
    const allowed = budgetsOf([budget(3), budget(2)], { app: 'web' }).map(
      ({ disruptionsAllowed }) => disruptionsAllowed,
    );
    assert.deepEqual(allowed, [2, 0]);
    assert.deepEqual(budgetsOf([budget(3)], { app: 'other' }), []);
  });

  test('only what the template mentions counts as a configuration change', () => {
    const at = '2026-11-03T02:11:04Z';
    const map = (name: string) => ({ metadata: { ...META, name, managedFields: [{ time: at }] } });
    const secret = (name: string, target?: string) => ({
      metadata: { ...META, name },
      spec: { target: { name: target } },
      status: { refreshTime: at },
    });
    const changes = configChangesOf(
      podTemplate(TEMPLATE),
      [map('c1'), map('zz')],
      [secret('x', 's2'), secret('s3'), secret('s4')],
    );
    const changedAtMs = timeMs(at);
    assert.deepEqual(changes, [
      { kind: 'ConfigMap', name: 'c1', changedAtMs },
      { kind: 'Secret', name: 's2', changedAtMs },
      { kind: 'Secret', name: 's3', changedAtMs },
    ]);
  });
});

describe('a selector', () => {
  const expression = (operator: string, values?: string[]) => ({
    matchExpressions: [{ key: 'app', operator, values }],
  });
  for (const [selector, labels, wanted] of [
    [undefined, { app: 'web' }, false],
    [{}, {}, true],
    [{ matchLabels: { app: 'web' } }, { app: 'web', x: 'y' }, true],
    [{ matchLabels: { app: 'web' } }, { app: 'api' }, false],
    [expression('In', ['web']), { app: 'web' }, true],
    [expression('In', ['web']), {}, false],
    [expression('NotIn', ['web']), {}, true],
    [expression('Exists'), { app: '' }, true],
    [expression('DoesNotExist'), { app: '' }, false],
    [expression('Gt', ['1']), {}, true],
  ] as const) {
    test(`${JSON.stringify(selector)} ${wanted ? 'selects' : 'does not select'} ${JSON.stringify(labels)}`, () => {
      assert.equal(selects(selector as never, labels), wanted);
    });
  }
});

describe('a quantity', () => {
  for (const [text, wanted] of [
    ['128974848', 128_974_848],
    ['129e6', 129e6],
    ['123Mi', 123 * 2 ** 20],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['500m', 0.5],
    ['1k', 1_000],
    ['1K', undefined],
    ['', undefined],
    ['lots', undefined],
  ] as const) {
    test(`"${text}" is ${wanted}`, () => assert.equal(quantity(text), wanted));
  }
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Catalogue } from '../src/domain/catalogue.ts';
import { classify, type Classified, type KnownAlert } from '../src/domain/classify.ts';
import { loadCatalogue } from '../src/playbooks/load-catalogue.ts';
import { agreementOf, compare, isHeldOut, labelsOf, readJudged } from '../tools/catalogue-agreement.ts';

const root = join(import.meta.dirname, '..');
const catalogue = await shipped();
const judged = readJudged(readFileSync(join(root, 'tests/fixtures/catalogue/alerts.jsonl'), 'utf8'));
const compared = judged.map((one) => compare(one, catalogue));

async function shipped(): Promise<Catalogue> {
  const loaded = await loadCatalogue(join(root, 'catalogue'));
  assert.ok(loaded.kind === 'loaded');
  return loaded.catalogue;
}

function found(alertname: string, expression?: string, labels: KnownAlert['labels'] = {}): Classified {
  return classify(
    {
      labels: { alertname, ...labels },
      annotations: {},
      ...(expression === undefined ? {} : { expression }),
    },
    catalogue,
  );
}

describe('the catalogue against 899 judged rules', () => {
  const all = agreementOf(compared);
  const heldOut = agreementOf(compared.filter((one) => isHeldOut(one.judged.alert, 7)));

  test('nothing that an expert leaves alone is ever automatic', () => {
    assert.deepEqual(
      compared.filter(({ unsafe }) => unsafe).map((one) => one.judged.alert),
      [],
    );
  });

  test('the class agrees in 98 of 100, and in 97 of 100 of the half that is held out', () => {
    assert.ok(all.classAgrees / all.alerts >= 0.98, `${all.classAgrees} of ${all.alerts}`);
    assert.ok(heldOut.classAgrees / heldOut.alerts >= 0.97, `${heldOut.classAgrees} of ${heldOut.alerts}`);
  });

  test('the target is right in 97 of 100 where labels name it', () => {
    assert.ok(all.targetAgrees / all.identifiable >= 0.97, `${all.targetAgrees} of ${all.identifiable}`);
    assert.ok(all.kindAgrees / all.alerts >= 0.96, `${all.kindAgrees} of ${all.alerts}`);
  });

  test('the remedy is the expert’s in 98 of 100', () => {
    assert.ok(all.remedyAgrees / all.remedies >= 0.98, `${all.remedyAgrees} of ${all.remedies}`);
  });

  test('every alert comes with something to look at and something to say about it', () => {
    for (const { found: one } of compared) {
      assert.ok(one.advice.look.length > 0 && one.advice.try.length > 0 && one.why !== '');
      assert.doesNotMatch([...one.advice.look, ...one.advice.try].join('\n'), /\$[a-z]/);
    }
  });

  test('without their queries no alert is automatic but those that the runbook names', () => {
    const names = catalogue.aliases.flatMap((alias) => alias.names);
    const acting = judged
      .map((one) => ({ name: one.alert, class: found(one.alert, undefined, labelsOf(one)).class }))
      .filter((one) => one.class === 'automatic' && !names.includes(one.name));
    assert.deepEqual(acting, []);
  });
});

describe('alerts of no list', () => {
  const cases: readonly (readonly [name: string, expression: string, is: string])[] = [
    ['OurRedisIsDown', 'redis_up{job="our-redis"} == 0', 'automatic restart redis'],
    [
      'TlsCertificateExpiresInAWeek',
      'certmanager_certificate_expiration_timestamp_seconds - time() < 604800',
      'automatic renew cert-manager',
    ],
    ['HelmReleaseNotReady', 'gotk_resource_info{ready="False"} == 1', 'automatic reconcile flux'],
    [
      'DataVolumeFillingUp',
      'kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.1',
      'automatic expand-volume volume',
    ],
    [
      'ConsumerGroupLagHigh',
      'sum by (consumergroup) (kafka_consumergroup_lag) > 1e4',
      'automatic scale-up kafka',
    ],
    [
      'NodesNotReady',
      'kube_node_status_condition{condition="Ready",status="true"} == 0',
      'automatic cordon node',
    ],
    ['EtcdQuorumLost', 'etcd_server_has_leader == 0', 'data-recovery etcd'],
    ['TwoMastersSeen', 'count(redis_instance_info{role="master"}) > 1', 'data-recovery redis'],
    ['PostgresWalCorrupted', 'increase(pg_wal_errors_total[5m]) > 0', 'data-recovery postgres'],
    [
      'ShellInContainer',
      'increase(falco_events{rule="Terminal shell in container"}[5m]) > 0',
      'security container',
    ],
    ['BruteForceAttack', 'rate(app_failed_logins_total[5m]) > 10', 'security unknown'],
    ['Http404And4xxRateHigh', 'rate(http_requests_total{code=~"4.."}[5m]) > 5', 'informational service'],
    ['BudgetOfSomethingElse', 'some_metric > 1', 'diagnose-only unknown'],
    ['ContainerMemoryUsageLow', 'container_memory_working_set_bytes < 1e6', 'diagnose-only container'],
    ['RedisDown', 'my_own_metric > 3', 'diagnose-only redis'],
    [
      'TracingStorageUnavailable',
      'rate(jaeger_storage_requests_total{result="err"}[5m]) > 0',
      'diagnose-only tracing',
    ],
    [
      'GitOpsNotificationFailed',
      'increase(argocd_notifications_deliveries_total{succeeded="false"}[5m]) > 0',
      'diagnose-only flux',
    ],
  ];
  for (const [name, expression, is] of cases)
    test(`${name} is ${is}`, () => {
      const one = found(name, expression);
      assert.equal([one.class, one.remedy, one.component].filter((word) => word !== undefined).join(' '), is);
    });

  test('a name alone never makes an alert automatic, however well it sounds', () => {
    const one = found('RedisDown');
    assert.equal(one.class, 'diagnose-only');
    assert.match(one.why, /by its name alone/);
  });

  test('labels cannot pretend to be the query', () => {
    const labels = {
      job: 'redis',
      expr: 'redis_up == 0',
      component: 'redis',
      remedy: 'restart',
      class: 'automatic',
    };
    assert.equal(found('RedisDown', undefined, labels).class, 'diagnose-only');
  });

  test('any labels and annotations whatever are never automatic', () => {
    const aliases = new Set(catalogue.aliases.flatMap(({ names }) => names));
    const label = fc.oneof(
      fc.constantFrom('alertname', 'job', 'namespace', 'pod', 'severity', 'component'),
      fc.string(),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...catalogue.rules.flatMap(({ when }) => when.name ?? [])),
      fc.constantFrom(...judged.map(({ alert }) => alert)),
    );
    fc.assert(
      fc.property(fc.dictionary(label, text), fc.dictionary(fc.string(), text), (labels, annotations) => {
        const one = classify({ labels, annotations }, catalogue);
        if (!aliases.has(labels['alertname'] ?? '')) assert.notEqual(one.class, 'automatic');
      }),
    );
  });

  test('hostile names reach no line of advice', () => {
    const hostile = fc.constantFrom(
      '$(rm -rf /)',
      '`id`',
      'a; b',
      '../../etc',
      '<script>',
      '-oProxy',
      'a\nb',
      'A',
      '$name',
    );
    fc.assert(
      fc.property(hostile, hostile, (namespace, name) => {
        const { advice } = found('KubePodCrashLooping', 'kube_pod_container_status_waiting_reason > 0', {
          namespace,
          pod: name,
        });
        const lines = [...advice.look, ...advice.try].join('\n');
        assert.match(lines, /-n NAMESPACE describe pod POD/);
      }),
    );
  });

  test('names that Kubernetes accepts are filled in, so that a line can be typed as it stands', () => {
    const { advice } = found('KubePodCrashLooping', 'kube_pod_container_status_waiting_reason > 0', {
      namespace: 'shop',
      pod: 'checkout-1',
    });
    assert.ok(advice.look.includes('kubectl -n shop describe pod checkout-1'));
  });
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { Labels } from '../../src/domain/alert.ts';
import { openIncident } from '../../src/domain/open-incident.ts';
import { playbookFor, type Playbook } from '../../src/domain/playbook.ts';
import { metricsOf } from '../../src/domain/rule-series.ts';
import { loadEveryPlaybook } from '../../src/every-playbook.ts';
import type { Flow } from '../../src/flow/flow.ts';
import { resolveTarget, type Resolved } from '../../src/flow/resolve-target.ts';
import { Meters } from '../../src/platform/meters.ts';
import { needs, type Neighbour } from '../neighbours/needs.ts';

const root = join(import.meta.dirname, '../..');
const deploy = join(root, 'deploy');
const ruleTests = globSync('prometheus/tests/*.test.yaml', { cwd: deploy }).toSorted();
const alertmanager = join(deploy, 'alertmanager/alertmanager.yaml');

/** The specification's alerts, and those of ours that stand beside them. */
const SPECIFIED = [
  'BudgetExceeded',
  'BudgetWarning',
  'CertificateExpiringSoon',
  'DatabaseConnectionExhausted',
  'GslbEndpointDown',
  'HighErrorRate',
  'HighLatency',
  'HighMemoryUsage',
  'PodCrashLoopBackOff',
  'SplitBrainWitnessUnreachable',
];

/** Names of other people's rules that shipped playbooks answer to as well. */
const OTHERS = new Set(['ContainerHighMemoryUsage', 'KubePodCrashLooping']);

/** What exists only while something is wrong. A rule on it needs a playbook, whose conditions then prove the health. */
const ONLY_IN_TROUBLE = new Set([
  'namespace_pod:crash_loop:max5m',
  'workload:http_errors:rate5m',
  'workload:http_errors:rate2m',
]);

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

function rulesOf(file: 'runova-platform' | 'runova-self'): readonly Rule[] {
  const text = readFileSync(join(deploy, `prometheus/${file}.rules.yaml`), 'utf8');
  return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
}

const platform = rulesOf('runova-platform');
const self = rulesOf('runova-self');
/** The rules that raise something, under their names. */
const alertsOf = (rules: readonly Rule[]): (Rule & { readonly alert: string })[] =>
  rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));
const alertNames = (rules: readonly Rule[]): string[] =>
  [...new Set(rules.flatMap(({ alert }) => alert ?? []))].toSorted();

/** Runs a program of the neighbourhood; a failure carries what it printed. */
async function run(program: Neighbour, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd: deploy })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return assert.fail(`${program} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? String(error)}`);
  }
}

describe('the shipped rules, as Prometheus reads them', () => {
  test('are valid', async (t) => {
    if (!needs(t, 'promtool')) return;
    await run('promtool', 'check', 'rules', ...globSync('prometheus/*.rules.yaml', { cwd: deploy }));
  });

  for (const file of ruleTests) {
    test(`fire and are silent as ${file} says`, async (t) => {
      if (!needs(t, 'promtool')) return;
      await run('promtool', 'test', 'rules', file);
    });
  }
});

interface RuleTests {
  readonly tests: readonly {
    readonly name?: string;
    readonly promql_expr_test?: readonly { readonly exp_samples?: readonly { readonly labels: string }[] }[];
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly { readonly exp_labels: Labels }[];
    }[];
  }[];
}

const cases = ruleTests.flatMap(
  (file) => (parse(readFileSync(join(deploy, file), 'utf8')) as RuleTests).tests,
);

function labelsOf(series: string): Labels {
  return Object.fromEntries(
    [...series.matchAll(/(?<name>\w+)="(?<value>[^"]*)"/g)].map(({ groups }) => [
      groups?.['name'] ?? '',
      groups?.['value'] ?? '',
    ]),
  );
}

/** Every set of labels that promtool has seen an alert of this name fire with. */
function firedWith(alert: string): Labels[] {
  const bySeries = cases
    .flatMap((one) => one.promql_expr_test ?? [])
    .flatMap((one) => one.exp_samples ?? [])
    .map(({ labels }) => labelsOf(labels))
    .filter((labels) => labels['alertname'] === alert && labels['alertstate'] === 'firing');
  const byText = cases
    .flatMap((one) => one.alert_rule_test ?? [])
    .filter((one) => one.alertname === alert)
    .flatMap((one) => one.exp_alerts ?? [])
    .map(({ exp_labels }) => ({ ...exp_labels, alertname: alert }));
  return [...bySeries, ...byText];
}

describe('the tests of the rules', () => {
  for (const alert of alertNames([...platform, ...self])) {
    test(`see ${alert} fire, and see it silent beside something alike`, () => {
      assert.notEqual(firedWith(alert).length, 0);
      const silent = cases
        .filter(({ name = '' }) => / (?:is|are) silent /.test(name))
        .map(({ name = '' }) => name);
      assert.ok(
        alert === 'Watchdog' ||
          silent.some(
            (name) => name.includes(alert) || (name.startsWith('all but') && alert.startsWith('Runova')),
          ),
      );
    });
  }

  test('show the words of every alert of the specification', () => {
    const shown = new Set(
      cases.flatMap((one) => one.alert_rule_test ?? []).map(({ alertname }) => alertname),
    );
    assert.deepEqual(
      SPECIFIED.filter((alert) => !shown.has(alert)),
      [],
    );
  });
});

describe('the shipped rules, as Runova reads them', () => {
  let playbooks: readonly Playbook[] = [];
  before(async () => {
    const loaded = await loadEveryPlaybook({ shipped: true, folders: [] });
    assert.equal(loaded.kind, 'loaded');
    playbooks = loaded.kind === 'loaded' ? loaded.playbooks : [];
  });

  test('define the alerts of the specification', () => {
    assert.deepEqual(alertNames(platform), ['AlertInputMissing', ...SPECIFIED]);
  });

  test('define every alert that a shipped playbook is for, but for names of other rules', () => {
    const named = playbooks
      .flatMap(({ match }) => match.flat())
      .filter(({ label }) => label === 'alertname')
      .flatMap(({ value }) => value.split('|'));
    const defined = new Set(alertNames(platform));
    const unknown = named.filter((name) => !defined.has(name) && !OTHERS.has(name));
    assert.deepEqual(unknown, []);
    for (const playbook of playbooks)
      assert.ok(
        SPECIFIED.some((alert) => playbookFor([playbook], { alertname: alert }) !== undefined),
        playbook.name,
      );
  });

  for (const alert of SPECIFIED) {
    test(`name the target of ${alert} where a playbook is for it`, async () => {
      const playbook = playbookFor(playbooks, { alertname: alert, severity: 'critical' });
      if (playbook === undefined) return;
      const fired = firedWith(alert).filter((labels) => labels['deployment'] !== undefined);
      assert.notEqual(fired.length, 0);
      for (const labels of fired) {
        const resolved = await resolve(labels, playbook);
        assert.deepEqual(resolved, {
          kind: 'target',
          ref: { kind: 'Deployment', namespace: labels['namespace'], name: labels['deployment'] },
          through: [],
        });
      }
      // What no Deployment owns is a person's: none of its labels may lead to one.
      for (const labels of firedWith(alert).filter(({ deployment }) => deployment === undefined))
        assert.equal((await resolve(labels, playbook)).kind, 'none');
    });
  }

  test('read no more series than Runova asks for, and without a playbook only such as are there in health', () => {
    for (const { alert, expr } of alertsOf(platform).filter((rule) => SPECIFIED.includes(rule.alert))) {
      const metrics = metricsOf(expr);
      assert.ok(metrics.length > 0 && metrics.length < 8, alert);
      if (playbookFor(playbooks, { alertname: alert }) === undefined)
        assert.deepEqual(
          metrics.filter((metric) => ONLY_IN_TROUBLE.has(metric)),
          [],
          alert,
        );
    }
  });

  test('ask Runova only for metrics that it has', async () => {
    const meters = new Meters();
    meters.watchProcess();
    const text = await meters.text({
      nowMs: 0,
      byState: {},
      owed: 0,
      noticesWaiting: 0,
      oldestDueMs: undefined,
    });
    const known = new Set([...text.matchAll(/^# TYPE (?<name>\S+)/gm)].map(({ groups }) => groups?.['name']));
    const asked = self.flatMap(({ expr }) => metricsOf(expr)).filter((metric) => metric !== 'up');
    assert.deepEqual(
      asked.filter((metric) => !known.has(metric.replace(/_(?:bucket|count|sum)$/, ''))),
      [],
    );
  });

  test('say who is woken, what is wrong and what to look at', () => {
    for (const { alert, labels, annotations } of alertsOf([...platform, ...self])) {
      assert.match(labels?.['severity'] ?? '', /^(?:critical|warning|none)$/, alert);
      assert.ok((annotations?.['summary'] ?? '').length > 20, alert);
      assert.ok(alert === 'Watchdog' || (annotations?.['description'] ?? '').length > 20, alert);
    }
  });

  test('are explained, each by its name', () => {
    const readme = readFileSync(join(deploy, 'README.md'), 'utf8');
    assert.deepEqual(
      alertNames([...platform, ...self]).filter((alert) => !readme.includes(`\`${alert}\``)),
      [],
    );
  });
});

/** A cluster in which every pod belongs to something that is no Deployment. */
async function resolve(labels: Labels, playbook: Playbook): Promise<Resolved> {
  const incident = openIncident(
    { key: 'a@0', fingerprint: 'a', startsAtMs: 0, labels, annotations: {} },
    1,
    0,
  );
  const cluster: Pick<Flow['cluster'], 'ownerOf'> = {
    ownerOf: (namespace, pod) =>
      Promise.resolve({ kind: 'owner', ref: { kind: 'Cluster', namespace, name: pod }, through: [] }),
  };
  return resolveTarget(
    { cluster, signal: new AbortController().signal } as unknown as Flow,
    incident,
    playbook,
  );
}

describe('the example of an Alertmanager', () => {
  interface Route {
    readonly receiver?: string;
    readonly matchers?: readonly string[];
    readonly continue?: boolean;
    readonly group_wait?: string;
    readonly group_interval?: string;
    readonly repeat_interval?: string;
    readonly routes?: readonly Route[];
  }
  const config = parse(readFileSync(alertmanager, 'utf8')) as {
    readonly route: Route;
    readonly receivers: readonly {
      readonly name: string;
      readonly webhook_configs?: readonly {
        readonly max_alerts?: number;
        readonly http_config: {
          readonly follow_redirects: boolean;
          readonly authorization: { readonly credentials_file?: string };
        };
      }[];
    }[];
  };

  test('is valid', async (t) => {
    if (needs(t, 'amtool')) await run('amtool', 'check-config', alertmanager);
  });

  const routes: readonly (readonly [string, Labels])[] = [
    [
      'runova,people',
      { alertname: 'HighErrorRate', severity: 'critical', namespace: 'shop', deployment: 'web' },
    ],
    ['runova,people', { alertname: 'HighMemoryUsage', severity: 'warning', namespace: 'shop' }],
    ['runova,people', { alertname: 'SomebodyElses', severity: 'page' }],
    ['runova,people', { alertname: 'WithoutSeverity' }],
    ['runova,nobody', { alertname: 'InfoInhibitor', severity: 'none' }],
    ['runova,heartbeat', { alertname: 'Watchdog', severity: 'none' }],
    ['people-now', { alertname: 'RunovaHandover', severity: 'warning', incident: '41' }],
    ['people-now', { alertname: 'RunovaAsks', severity: 'info', incident: '41' }],
    ['people-now', { alertname: 'RunovaTrouble', severity: 'none' }],
    ['people-now', { alertname: 'RunovaDown', severity: 'critical' }],
  ];
  for (const [receivers, labels] of routes) {
    test(`takes ${JSON.stringify(labels)} to ${receivers}`, async (t) => {
      if (!needs(t, 'amtool')) return;
      const given = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      const said = await run('amtool', 'config', 'routes', 'test', `--config.file=${alertmanager}`, ...given);
      assert.equal(said.trim(), receivers);
    });
  }

  test('takes every shipped alert to Runova and on to somebody, and what is about Runova never through Runova', async (t) => {
    if (!needs(t, 'amtool')) return;
    for (const { alert, labels = {} } of alertsOf([...platform, ...self])) {
      const given = [`alertname=${alert}`, `severity=${labels['severity'] ?? ''}`];
      const said = await run('amtool', 'config', 'routes', 'test', `--config.file=${alertmanager}`, ...given);
      const receivers = said.trim().split(',');
      assert.ok(
        receivers.some((receiver) => /^(?:people|people-now|heartbeat)$/.test(receiver)),
        alert,
      );
      assert.equal(receivers.includes('runova'), !alert.startsWith('Runova'), alert);
    }
  });

  test('lets Runova hear first and people some minutes later', () => {
    const [runova, ...others] = config.route.routes ?? [];
    assert.equal(runova?.receiver, 'runova');
    assert.equal(runova.continue, true);
    assert.deepEqual(
      [runova.group_wait, runova.group_interval, runova.repeat_interval, runova.routes?.[0]?.group_wait],
      ['30s', '5m', '4h', '10s'],
    );
    assert.deepEqual([config.route.group_wait, config.route.group_interval], ['10m', '10m']);
    const critical = others.find(({ receiver }) => receiver === 'people');
    assert.deepEqual([critical?.group_wait, critical?.group_interval], ['3m', '3m']);
  });

  test('sends credentials from files only, follows no redirect, and leaves no alert out', () => {
    for (const { name, webhook_configs = [] } of config.receivers) {
      for (const { http_config, max_alerts } of webhook_configs) {
        assert.equal(http_config.follow_redirects, false, name);
        assert.match(http_config.authorization.credentials_file ?? '', /^\//, name);
        assert.equal(max_alerts ?? 0, 0, name);
      }
    }
  });
});

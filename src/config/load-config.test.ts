import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { DEFAULT_TIMINGS } from '../domain/settings.ts';
import { writeDuration } from '../yaml/units.ts';
import type { Config } from './config.ts';
import { formatProblem, loadConfig, readConfig } from './load-config.ts';
import { showConfig } from './show-config.ts';

const SMALLEST = `cluster:
  alerts: { url: http://alertmanager.monitoring:9093 }
  metrics: { url: http://prometheus.monitoring:9090/ }
`;

function load(text: string, namespace?: string): Config {
  const loaded = readConfig({
    file: '/etc/runova/runova.yaml',
    text,
    ...(namespace === undefined ? {} : { namespace }),
  });
  assert.ok(
    loaded.kind === 'loaded',
    loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join('\n') : '',
  );
  return loaded.config;
}

function refusal(text: string): string {
  const loaded = readConfig({ file: 'runova.yaml', text });
  return loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join('\n') : 'loaded';
}

/** The YAML blocks of the page for people: what it shows must be true. */
async function documented(): Promise<readonly string[]> {
  const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
  return [...page.matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1] ?? '');
}

describe('the smallest configuration', () => {
  test('is two addresses, and observes', () => {
    const config = load(SMALLEST);
    assert.equal(config.settings.mode, 'observe');
    assert.deepEqual(config.metrics, { url: 'http://prometheus.monitoring:9090' });
    assert.deepEqual(config.settings.changes.allow, []);
    assert.deepEqual(config.settings.timings, DEFAULT_TIMINGS);
    assert.deepEqual(config.executors, ['direct']);
    assert.deepEqual(config.store, { kind: 'sqlite', path: '/etc/runova/runova.db' });
    assert.deepEqual(config.playbooks, { shipped: true, folders: [] });
  });

  test('has the limits that the guards document', () => {
    assert.deepEqual(load(SMALLEST).settings.limits, {
      target: { changes: { count: 3, perMs: 86_400_000 }, cooldownMs: 1_800_000 },
      playbook: { count: 4, perMs: 3_600_000 },
      namespace: { count: 6, perMs: 3_600_000 },
      cluster: { count: 10, perMs: 3_600_000 },
      parallel: 3,
      unavailable: 0.34,
      storm: { targets: 10, share: 0.2, withinMs: 600_000, calmForMs: 900_000 },
      breaker: { failures: 3, of: 5 },
    });
  });
});

describe('what the documentation shows', () => {
  test('loads, and means what it says', async () => {
    const [smallest = '', complete = ''] = await documented();
    assert.equal(load(smallest).settings.mode, 'observe');
    const config = load(complete);
    assert.equal(config.settings.clusterName, 'hel1-prod');
    assert.equal(config.metrics.tenant, 'platform');
    assert.deepEqual(config.freeze[1], {
      kind: 'cron',
      name: 'payroll',
      cron: '0 22 28 * *',
      forMs: 28_800_000,
      namespaces: ['ledger-prod'],
      except: [],
    });
    assert.deepEqual(config.maintenance.weekly, { kind: 'at', time: { hour: 5, minute: 0 }, weekday: 0 });
    assert.deepEqual(config.budget?.prices, { flat: { amount: 4.5, currency: 'EUR' } });
    assert.deepEqual(config.settings.budget, {
      monthlyCents: 1_500,
      currency: 'EUR',
      warn: 0.8,
      exceeded: 'refuse-all',
      pricesCents: { flat: 450 },
    });
    assert.deepEqual(config.tell.ifThatFails, {
      kind: 'ntfy',
      url: 'https://ntfy.sh/acme-platform',
      tokenFile: '/run/secrets/runova/ntfy',
    });
    assert.deepEqual(config.listen, { host: '0.0.0.0', port: 8080 });
    assert.equal(config.access.length, 4);
    assert.deepEqual(config.keep.ledger, { kind: 'ever' });
  });

  test('lists every timing with its default', async () => {
    const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
    for (const [name, ms] of Object.entries(DEFAULT_TIMINGS))
      assert.ok(page.includes(`| \`${name.replace(/Ms$/, '')}\` | ${writeDuration(ms as number)} |`), name);
  });
});

describe('what may be changed', () => {
  const never = (config: Config): string => JSON.stringify(config.settings.changes.never);

  test('a wide pattern does not open what is dangerous', () => {
    const config = load(`${SMALLEST}changes: { allow: [{ namespaces: ["*"] }] }\n`);
    for (const word of ['kube-system', 'StatefulSet', 'PersistentVolumeClaim', 'Node', 'Secret'])
      assert.match(never(config), new RegExp(`"${word}"`));
  });

  test('naming a kind opens that kind alone', () => {
    const config = load(`${SMALLEST}changes: { allow: [{ namespaces: [shop], kinds: [StatefulSet] }] }\n`);
    assert.doesNotMatch(never(config), /StatefulSet/);
    assert.match(never(config), /"Node"/);
  });

  test('the own namespace cannot be allowed', () => {
    const config = load(SMALLEST.replace('cluster:', 'cluster:\n  ownNamespaces: [runova-db]'), 'runova');
    assert.deepEqual(config.settings.ownNamespaces, ['runova', 'runova-db']);
  });
});

describe('an error in a configuration', () => {
  const table: readonly (readonly [string, string, RegExp])[] = [
    ['nothing at all', '', /cluster\.alerts: is missing[^]*hint: add it[^]*cluster\.metrics: is missing/],
    ['a list', '- a', /is a list, not a map/],
    [
      'a misspelt field',
      `${SMALLEST}limts: {}`,
      /runova\.yaml:4:1: unknown field "limts", did you mean "limits"\?/,
    ],
    [
      'a word that is none',
      `${SMALLEST}mode: automatic`,
      /4:7: mode: "automatic" is not known here, did you mean "auto"\?[^]*observe, ask, auto/,
    ],
    [
      'a duration without unit',
      `${SMALLEST}limits: { target: { cooldown: 30 } }`,
      /4:31: limits\.target\.cooldown: 30 is not a duration with its unit[^]*such as 90s/,
    ],
    ['a rate without unit', `${SMALLEST}limits: { playbook: 4 }`, /4 is not a number per time[^]*3 per 24h/],
    ['a share as a number', `${SMALLEST}limits: { unavailable: 0.34 }`, /0\.34 is not a percentage[^]*34%/],
    ['more than everything', `${SMALLEST}limits: { unavailable: 134% }`, /"134%" is not a percentage/],
    [
      'a breaker that cannot open',
      `${SMALLEST}limits: { breaker: { failures: 6 } }`,
      /6 failures cannot be among the last 5/,
    ],
    [
      'a token itself',
      `${SMALLEST}gitea: { url: "https://g", repository: a/b, token: hunter2 }`,
      /unknown field "token", did you mean "tokenFile"\?[^]*secrets are read from files only/,
    ],
    [
      'a token as a file name',
      `${SMALLEST}access: [{ name: anna, role: viewer, tokenFile: hunter2 }]`,
      /is not the path of a file that holds the secret/,
    ],
    [
      'a password in an address',
      SMALLEST.replace('http://prometheus', 'http://me:hunter2@prometheus'),
      /without credentials/,
    ],
    [
      'an address of another protocol',
      SMALLEST.replace('http://prometheus', 'ftp://prometheus'),
      /http or https/,
    ],
    [
      'an environment variable',
      `${SMALLEST}store: "sqlite:\${HOME}/runova.db"`,
      /environment variables are not read here/,
    ],
    ['a store that is not there yet', `${SMALLEST}store: postgres://db/runova`, /sqlite: and the path/],
    [
      'two people of one name',
      `${SMALLEST}access:\n  - { name: anna, role: viewer, tokenFile: /a }\n  - { name: anna, role: operator, tokenFile: /b }`,
      /6:13: access\.1\.name: the name "anna" is taken/,
    ],
    [
      'an unknown role',
      `${SMALLEST}access: [{ name: anna, role: admin, tokenFile: /a }]`,
      /webhook, runner, operator, viewer/,
    ],
    ['an empty line of allow', `${SMALLEST}changes: { allow: [{}] }`, /an empty line means everything/],
    [
      'half a freeze',
      `${SMALLEST}freeze: [{ name: x, from: 2026-12-20 }]`,
      /neither from and until nor cron and for/,
    ],
    [
      'a freeze that ends first',
      `${SMALLEST}freeze: [{ name: x, from: 2026-12-20, until: 2026-12-01 }]`,
      /ends before it begins/,
    ],
    [
      'a date that is none',
      `${SMALLEST}freeze: [{ name: x, from: 2026-13-20, until: 2027-01-01 }]`,
      /"2026-13-20" is not a date/,
    ],
    [
      'a cron that is none',
      `${SMALLEST}freeze: [{ name: x, cron: "61 * * * *", for: 8h }]`,
      /five cron fields/,
    ],
    [
      'a day that its month does not have',
      `${SMALLEST}freeze: [{ name: x, from: 2026-02-31, until: 2027-01-01 }]`,
      /"2026-02-31" is not a date/,
    ],
    [
      'a cron whose range runs backwards',
      `${SMALLEST}freeze: [{ name: x, cron: "50-10 * * * *", for: 8h }]`,
      /five cron fields/,
    ],
    [
      'a cron that never comes',
      `${SMALLEST}freeze: [{ name: x, cron: "0 0 31 2 *", for: 8h }]`,
      /five cron fields/,
    ],
    [
      'two currencies',
      `${SMALLEST}budget: { monthly: 15.00 EUR, prices: { flat: 4.50 USD } }`,
      /the price is in USD, the budget in EUR/,
    ],
    [
      'a time zone that is none',
      SMALLEST.replace('cluster:', 'cluster:\n  timeZone: Mars/Base'),
      /"Mars\/Base" is not a time zone/,
    ],
    [
      'two second channels',
      `${SMALLEST}tell: { ifThatFails: { ntfy: "https://a", webhook: "https://b" } }`,
      /2 channels where one is expected/,
    ],
    [
      'a timing that contradicts',
      `${SMALLEST}approval: { expires: 2m }\ntimings: { approval: 1m }`,
      /says something else than approval\.expires/,
    ],
    ['an unknown timing', `${SMALLEST}timings: { lokEvery: 1s }`, /did you mean "lookEvery"/],
    ['gitea alone without gitea', `${SMALLEST}executors: [gitea]`, /gitea is not configured/],
    ['an executor twice', `${SMALLEST}executors: [direct, direct]`, /named twice/],
    [
      'a kubernetes that is neither',
      SMALLEST.replace('cluster:', 'cluster:\n  kubernetes: incluster'),
      /neither in-cluster nor a kubeconfig[^]*kubeconfig: \/path/,
    ],
    ['a section that is empty', `${SMALLEST}limits:`, /limits: is empty, not a map/],
    [
      'a routine on a day that some months lack',
      `${SMALLEST}maintenance: { monthly: "31st 04:00" }`,
      /a day up to the 28th/,
    ],
    ['a port that is none', `${SMALLEST}server: { listen: "0.0.0.0:99999" }`, /an address and a port/],
    ['a hostile name', `${SMALLEST}platform: { namespaces: { __proto__: x } }`, /cannot be a field name/],
  ];
  for (const [name, text, expected] of table) {
    test(`${name}: is found, with line and remedy, and no secret`, () => {
      const shown = refusal(text);
      assert.match(shown, expected);
      assert.match(shown, /^runova\.yaml:\d+:\d+: [^]*\nhint: .{8,}/);
      assert.doesNotMatch(shown, /hunter2/);
    });
  }

  test('in the file itself says what the smallest one has', async () => {
    const loaded = await loadConfig('/nowhere/runova.yaml');
    assert.match(
      loaded.kind === 'invalid' ? loaded.problems.map(formatProblem).join() : '',
      /cannot be read \(ENOENT\)\nhint: .*cluster\.alerts\.url and cluster\.metrics\.url/,
    );
  });
});

describe('a configuration file', () => {
  test('is read from disk, with paths that begin at its folder and the namespace that Kubernetes tells', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'runova-config-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'namespace'), 'runova\n');
    await writeFile(
      join(folder, 'runova.yaml'),
      `${SMALLEST}playbooks: [./mine]\naccess: [{ name: a, role: viewer, tokenFile: ./token }]\n`,
    );
    const loaded = await loadConfig(join(folder, 'runova.yaml'), join(folder, 'namespace'));
    assert.ok(loaded.kind === 'loaded');
    assert.deepEqual(loaded.config.playbooks, { shipped: false, folders: [join(folder, 'mine')] });
    assert.equal(loaded.config.access[0]?.tokenFile, join(folder, 'token'));
    assert.deepEqual(loaded.config.settings.ownNamespaces, ['runova']);
  });

  test('shortens timings one by one, and the caps with them', () => {
    const { timings } = load(
      `${SMALLEST}approval: { expires: 20s }\ntimings: { lookEvery: 1s, holdCap: 4s, rangeCap: 4s, proofTimeoutCap: 15s }\n`,
    ).settings;
    assert.deepEqual(timings, {
      ...DEFAULT_TIMINGS,
      approvalMs: 20_000,
      lookEveryMs: 1_000,
      holdCapMs: 4_000,
      rangeCapMs: 4_000,
      proofTimeoutCapMs: 15_000,
    });
  });

  test('takes any duration that can be written, and timings.approval where it stands alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400_000 }), (ms) => {
        assert.equal(
          load(`${SMALLEST}timings: { waitLimit: ${writeDuration(ms)} }`).settings.timings.waitLimitMs,
          ms,
        );
      }),
      { numRuns: 25 },
    );
    assert.equal(load(`${SMALLEST}timings: { approval: 20s }`).settings.timings.approvalMs, 20_000);
  });
});

describe('config show', () => {
  test('says of each value which line it comes from, or that it is the default', () => {
    const shown = showConfig(load(`${SMALLEST}mode: ask\nlimits: { playbook: 2 per 1h }\n`));
    assert.match(shown, /^mode: ask # runova\.yaml:4$/m);
    assert.match(shown, /^ {2}playbook: 2 per 1h # runova\.yaml:5$/m);
    assert.match(shown, /^ {2}namespace: 6 per 1h # default$/m);
    assert.match(shown, /^access: \[\] # default$/m);
    assert.match(shown, /until a line of changes\.allow names it:\n# {3}kube-system/);
  });

  test('prints what can be loaded again and means the same', async () => {
    const [, complete = ''] = await documented();
    const config = load(complete);
    assert.deepEqual(load(showConfig(config)).settings, config.settings);
  });
});

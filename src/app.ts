import { join } from 'node:path';
import { ACTIONS } from './actions/registry.ts';
import type { Config } from './config/config.ts';
import { freezeCalendar } from './config/freeze-calendar.ts';
import { unusedSettings } from './config/unused-settings.ts';
import { alertmanagerAlerts } from './connectors/alertmanager/alerts.ts';
import { FreshFile } from './connectors/fresh-file.ts';
import { KubernetesCluster } from './connectors/kubernetes/cluster.ts';
import { inClusterAccess, kubeconfigAccess } from './connectors/kubernetes/kubeconfig.ts';
import { kubernetesClient } from './connectors/kubernetes/kubernetes.ts';
import { prometheusMetrics } from './connectors/prometheus/prometheus.ts';
import { Program } from './flow/program.ts';
import { Lifecycle } from './platform/lifecycle.ts';
import { meteredStore } from './platform/metered-store.ts';
import { Meters } from './platform/meters.ts';
import { sha256 } from './platform/sha256.ts';
import { shippedFolder } from './platform/shipped.ts';
import { SystemChance } from './platform/system-chance.ts';
import { VERSION } from './platform/version.ts';
import { WallClock } from './platform/wall-clock.ts';
import { ConnectionBook, watchedAlerts, watchedCluster, watchedMetrics } from './platform/watched-ports.ts';
import { loadCatalogue } from './playbooks/load-catalogue.ts';
import { formatProblem } from './playbooks/load-playbooks.ts';
import { PlaybookShelf } from './playbooks/playbook-shelf.ts';
import type { Clock } from './ports/clock.ts';
import type { Cluster } from './ports/cluster.ts';
import type { Log } from './ports/log.ts';
import { OpsError } from './ports/ops-error.ts';
import { createServer } from './server/server.ts';
import { openSqliteStore } from './stores/sqlite/open-sqlite-store.ts';

export interface App {
  /** `http://127.0.0.1:8080`, with the port that was given out. */
  readonly url: string;
  /** Stops in reverse order of starting; resolves when everything is on disk. */
  stop(): Promise<void>;
}

/** How long a start waits for Kubernetes to say which cluster it is. */
const IDENTITY_WAIT_MS = 5_000;
const STOP_DEADLINE_MS = 10_000;
/** A look that proves may be answered from lists this old, and never from before the effect. */
const SHARED_LOOK_MS_MAX = 5_000;

/** What this version can carry operations out with. */
const EXECUTORS: readonly string[] = ['direct'];

/** Wires everything, in one straight line, and starts it. Throws `OpsError` with the remedy when it cannot. */
export async function startApp(config: Config, log: Log): Promise<App> {
  const { settings } = config;
  const clock = new WallClock();
  const chance = new SystemChance();
  const lifecycle = new Lifecycle(clock, log);
  const common = { clock, chance, version: VERSION };
  const unused = unusedSettings(config);
  if (unused.length > 0)
    log.warn('these settings are checked, but this version does nothing with them', { settings: unused });

  try {
    if (!config.executors.some((name) => EXECUTORS.includes(name))) throw noExecutor(config);
    const access =
      config.kubernetes.kind === 'in-cluster'
        ? inClusterAccess({ clock, env: process.env })
        : await kubeconfigAccess({ ...config.kubernetes, clock, env: process.env });
    const sharedMs = Math.min(SHARED_LOOK_MS_MAX, settings.timings.lookEveryMs / 2);
    const kubernetes = new KubernetesCluster({
      client: kubernetesClient(access, { ...common, timeoutMs: settings.timings.requestTimeoutMs }),
      clock,
      sharedMs,
    });
    const book = new ConnectionBook(clock, ['kubernetes', 'metrics', 'alerts']);
    const cluster = watchedCluster(kubernetes, book);
    const metrics = watchedMetrics(prometheusMetrics({ ...config.metrics, ...common }), book);
    const alerts = watchedAlerts(alertmanagerAlerts({ ...config.alerts, ...common }), book);

    const opened = await PlaybookShelf.open({
      ...(config.playbooks.shipped ? { shipped: shippedFolder() } : {}),
      extra: config.playbooks.folders,
      actions: ACTIONS,
      clock,
    });
    if (opened.kind === 'invalid') throw invalidPlaybooks(opened.problems.map(formatProblem));
    const { shelf } = opened;
    lifecycle.onStop('playbooks', () => shelf.close());
    shelf.onChange((change) => {
      if (change.kind === 'replaced')
        log.info('the playbooks were replaced', { playbooks: change.playbooks.length });
      else
        log.error('the new playbooks have errors; the last good ones stay', {
          problems: change.problems.map(formatProblem),
        });
    });

    const loadedCatalogue = await loadCatalogue(join(shippedFolder(), 'catalogue'));
    if (loadedCatalogue.kind === 'invalid')
      throw invalidPlaybooks(loadedCatalogue.problems.map(formatProblem));

    const identity = await identityOf(cluster, clock, log);
    const meters = new Meters();
    meters.watchProcess();
    const file = openSqliteStore({
      path: config.store.path,
      clock,
      log,
      reopenWithinMs: settings.timings.reopenWithinMs,
      ...identity,
    });
    lifecycle.onStop('store', () => file.close());
    const store = meteredStore(file, clock, meters);

    const program = new Program(settings, {
      store,
      cluster,
      metrics,
      alerts,
      clock,
      chance,
      log,
      playbooks: () => shelf.current(),
      catalogue: loadedCatalogue.catalogue,
      digest: sha256,
      freezes: freezeCalendar(config.freeze, config.timeZone),
    });
    const server = await createServer({
      store,
      clock,
      chance,
      log,
      meters,
      access: config.access.map(({ name, role, tokenFile }) => {
        const token = new FreshFile(tokenFile, clock);
        return { name, role, tokens: () => token.text() };
      }),
      listen: config.listen,
      receive: (notices) => program.receive(notices),
      decide: (command, by) => program.decide(command, by),
      refused: (kind, detail) => void program.refused(kind, detail),
      facts: () => ({
        version: VERSION,
        cluster: settings.clusterName,
        mode: settings.mode,
        executors: EXECUTORS,
        timings: settings.timings,
        connections: book.all(),
        playbooks: shelf.current(),
      }),
      notReady: () => [],
    });
    await program.start();
    lifecycle.onStop('program', () => program.stop());
    const url = await server.start();
    lifecycle.onStop('server', () => server.stop());
    log.info('Runova is running', {
      url,
      version: VERSION,
      cluster: settings.clusterName,
      mode: settings.mode,
    });
    return { url, stop: async () => void (await lifecycle.stop(STOP_DEADLINE_MS)) };
  } catch (error) {
    await lifecycle.stop(STOP_DEADLINE_MS);
    throw error;
  }
}

function noExecutor(config: Config): OpsError {
  return new OpsError({
    code: 'config/invalid',
    retry: 'never',
    message: `${config.file}: executors: this version carries operations out by itself only (${EXECUTORS.join(', ')})`,
    hint: `add direct: executors: [${[...config.executors, ...EXECUTORS].join(', ')}]`,
  });
}

function invalidPlaybooks(problems: readonly string[]): OpsError {
  return new OpsError({
    code: 'playbook/invalid',
    retry: 'never',
    message: `the playbooks have errors:\n${problems.join('\n')}`,
    hint: 'runova playbooks lint',
  });
}

/** The cluster's own name, so that a store is never used against another one. A cluster that is away is waited for a moment only. */
async function identityOf(
  cluster: Cluster,
  clock: Clock,
  log: Log,
): Promise<{ readonly clusterIdentity?: string }> {
  const given = new AbortController();
  const cancel = clock.after(IDENTITY_WAIT_MS, () => given.abort());
  try {
    return { clusterIdentity: await cluster.identity(given.signal) };
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    log.warn('Kubernetes does not answer: the store is opened without asking which cluster it is', {
      why: error.message,
    });
    return {};
  } finally {
    cancel();
  }
}

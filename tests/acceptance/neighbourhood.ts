import { WallClock } from '../../src/platform/wall-clock.ts';
import { startFaultProxy, type FaultProxy } from '../../src/sandbox/fault-proxy.ts';
import { freePort } from '../neighbours/real-program.ts';
import { eventually } from './eventually.ts';
import type { Ground } from './ground.ts';
import { openMailbox, type Mailbox } from './mailbox.ts';
import { runovaConfig } from './runova-config.ts';
import { RunovaServer, TOKENS } from './runova-server.ts';
import { startWatchers, type WatcherKind, type Watchers } from './watchers.ts';

/** What each server is there for. Each has a namespace of its own, and hears of no other. */
export const ROLES = ['acting', 'blinded', 'observing'] as const;
export type Role = (typeof ROLES)[number];

export interface NeighbourhoodOptions {
  readonly ground: Ground;
  readonly watchers: WatcherKind;
  readonly namespaces: Readonly<Record<Role, string>>;
}

/** A cluster, what watches it, people, and three servers. */
export interface Neighbourhood {
  readonly ground: Ground;
  readonly watchers: Watchers;
  /** What Alertmanager told people. */
  readonly people: Mailbox;
  /** What Alertmanager told the server `acting`, letter by letter. */
  readonly copies: Mailbox;
  readonly servers: Readonly<Record<Role, RunovaServer>>;
  /** Stands between Prometheus and the server `blinded`. */
  readonly veil: FaultProxy;
  stop(): Promise<void>;
}

/** The quiet window of the tests; the real one is 10 or 15 minutes. */
export const HOLD_MS = 4_000;

type Ports = Readonly<Record<Role, number>>;

/** Starts everything around a cluster; resolves when all servers are ready. */
export async function startNeighbourhood(options: NeighbourhoodOptions): Promise<Neighbourhood> {
  const { ground, namespaces } = options;
  const ports: Ports = { acting: await freePort(), blinded: await freePort(), observing: await freePort() };
  const people = await openMailbox();
  const copies = await openMailbox();
  const watchers = await startWatchers({
    kind: options.watchers,
    scrape: ground.scrape,
    history: ground.history(Date.now()),
    alertmanager: routes({ people: people.url, copies: copies.url }, ports, namespaces),
  });
  const veil = await startFaultProxy({ target: watchers.prometheusUrl, clock: new WallClock() });
  const prepare = (role: Role): Promise<RunovaServer> =>
    RunovaServer.prepare({
      name: role,
      kubeconfig: ground.kubeconfig,
      port: ports[role],
      config: runovaConfig({
        mode: role === 'observing' ? 'observe' : 'auto',
        namespace: namespaces[role],
        metrics: role === 'blinded' ? veil.url : watchers.prometheusUrl,
        alerts: watchers.alertmanagerUrl,
        proofTimeout: role === 'blinded' ? '150s' : '60s',
        hold: `${HOLD_MS}ms`,
      }),
    });
  const servers = {
    acting: await prepare('acting'),
    blinded: await prepare('blinded'),
    observing: await prepare('observing'),
  };
  await Promise.all([...ROLES.map((role) => servers[role].start()), untilWatched(watchers.prometheusUrl)]);
  return {
    ground,
    watchers,
    people,
    copies,
    servers,
    veil,
    stop: async () => {
      await Promise.all(ROLES.map((role) => servers[role].stop()));
      await veil.stop();
      await watchers.stop();
      await people.stop();
      await copies.stop();
      await ground.stop();
    },
  };
}

/** Waits until windows of rules and measures lie wholly in what Prometheus has seen. */
async function untilWatched(prometheusUrl: string): Promise<void> {
  const query = encodeURIComponent('min(count_over_time(up[6s])) >= 5');
  await eventually('Prometheus has scraped for a while', async () => {
    const answer = await fetch(`${prometheusUrl}/api/v1/query?query=${query}`);
    const body = (await answer.json()) as { data: { result: unknown[] } };
    return body.data.result.length > 0 ? true : undefined;
  });
}

/** Alertmanager's configuration: a namespace's alerts go to its server, what Runova has to say goes to people. */
function routes(
  mail: { readonly people: string; readonly copies: string },
  ports: Ports,
  namespaces: Readonly<Record<Role, string>>,
): object {
  const authorization = { credentials: TOKENS.webhook };
  return {
    route: {
      receiver: 'nobody',
      group_by: ['alertname', 'namespace'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '4h',
      routes: [
        { receiver: 'people', matchers: ['alertname=~"Runova.*"'], group_by: ['incident'] },
        ...ROLES.map((role) => ({ receiver: role, matchers: [`namespace="${namespaces[role]}"`] })),
      ],
    },
    receivers: [
      { name: 'nobody' },
      { name: 'people', webhook_configs: [{ url: mail.people }] },
      ...ROLES.map((role) => ({
        name: role,
        webhook_configs: [
          { url: `http://127.0.0.1:${ports[role]}/webhooks/alertmanager`, http_config: { authorization } },
          ...(role === 'acting' ? [{ url: mail.copies }] : []),
        ],
      })),
    ],
  };
}

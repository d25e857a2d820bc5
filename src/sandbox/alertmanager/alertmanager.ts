import type { Clock } from '../../ports/clock.ts';
import { listenOnLoopback, type ListenOptions } from '../loopback-server.ts';
import { isResolved, merged, type Alert } from './alert.ts';
import { answerApi } from './api.ts';
import { parseConfig, type RawConfig } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { muteState, type MuteState } from './mute.ts';
import { Notifier } from './notifier.ts';
import { Silences } from './silences.ts';

/** How often ended alerts are forgotten (`--alerts.gc-interval`). */
const FORGET_EVERY_MS = 30 * 60_000;

/** How the stand-in runs. */
export interface AlertmanagerOptions {
  /** The configuration file's YAML text, or its content. */
  readonly config: string | RawConfig;
  readonly clock: Clock;
  readonly listen?: ListenOptions;
  /** Default: the address it listens on. */
  readonly externalUrl?: string;
  /** Spreads retries; a number in [0, 1). Default: no spread. */
  readonly chance?: () => number;
}

/** A running stand-in. Its alerts, silences and notification log are in memory: a new one is empty. */
export interface Alertmanager {
  readonly url: string;
  /** Stops listening and gives up deliveries under way. */
  stop(): Promise<void>;
}

/** Starts a stand-in of Alertmanager 0.25 on the loopback. Rejects when the configuration is wrong. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const { clock } = options;
  const config = parseConfig(options.config);
  const alerts = new Map<string, Alert>();
  const silences = new Silences();
  const firing = (): Alert[] => [...alerts.values()].filter((alert) => !isResolved(alert, clock.now()));
  const stateOf = (alert: Alert): MuteState =>
    muteState(alert.labels, { rules: config.inhibitRules, silences, firing: firing(), atMs: clock.now() });
  let url = '';
  const notifier = new Notifier({
    clock,
    receivers: config.receivers,
    externalUrl: () => options.externalUrl ?? url,
    isMuted: (alert) => {
      const { silencedBy, inhibitedBy } = stateOf(alert);
      return silencedBy.length > 0 || inhibitedBy.length > 0;
    },
    chance: options.chance ?? (() => 0.5),
  });
  const dispatcher = new Dispatcher(config.route, clock, (...message) => notifier.notify(...message));
  const accept = (posted: readonly Alert[]): void => {
    for (const alert of posted) {
      const known = alerts.get(alert.fingerprint);
      const kept = known === undefined ? alert : merged(known, alert);
      alerts.set(kept.fingerprint, kept);
      dispatcher.dispatch(kept);
    }
  };
  const sources = {
    config,
    dispatcher,
    silences,
    accept,
    startedAtMs: clock.now(),
    nowMs: () => clock.now(),
    alerts: () => [...alerts.values()],
    muteState: stateOf,
  };
  const forget = (): void => {
    for (const [key, alert] of alerts) if (isResolved(alert, clock.now())) alerts.delete(key);
    cancelForgetting = clock.after(FORGET_EVERY_MS, forget);
  };
  let cancelForgetting = clock.after(FORGET_EVERY_MS, forget);
  const server = await listenOnLoopback(
    (request, response) => answerApi(request, response, sources),
    options.listen,
  );
  url = server.url;
  return {
    url,
    stop: async () => {
      cancelForgetting();
      dispatcher.stop();
      notifier.stop();
      await server.close();
    },
  };
}

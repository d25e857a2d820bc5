import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncidentDocument } from '../contract/incident.ts';
import type { TimelineDocument } from '../contract/timeline.ts';
import { VERSION } from '../platform/version.ts';
import { WallClock } from '../platform/wall-clock.ts';
import type { Clock } from '../ports/clock.ts';
import { demoConfig } from './demo-config.ts';
import { CONTROL_PORT, startDemoPlatform, type DemoPlatform } from './demo-platform.ts';
import { writeQuietHour } from './history.ts';
import { Narrator } from './narrator.ts';
import { freePort, RunovaProcess, sleep } from './runova-process.ts';

export interface DemoOptions {
  readonly write: (line: string) => void;
  /** End when the stories are told, instead of leaving the platform running. */
  readonly exit: boolean;
  /** Aborted when the person has seen enough. */
  readonly signal: AbortSignal;
}

interface Stage {
  readonly clock: Clock;
  readonly platform: DemoPlatform;
  readonly runova: RunovaProcess;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

/** The CLI's default, so that commands in a second terminal need no address. */
const RUNOVA_PORT = 8_080;
const POLL_MS = 150;
/** A story that takes longer than this has gone wrong. */
const STORY_WITHIN_MS = 60_000;
/** Scrapes that the platform needs before its own past can be told. */
const WARM_UP_MS = 3_500;

/** Tells the stories. True when each ended as it should. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { write, signal } = options;
  const clock = new WallClock();
  const folder = mkdtempSync(join(tmpdir(), 'runova-demo-'));
  write(
    `Runova ${VERSION}   Your operations runbook, run for you: alert, decide, act, prove, close. Or hand over.`,
  );
  const port = await freePort(RUNOVA_PORT);
  const url = `http://127.0.0.1:${port}`;
  const platform = await startDemoPlatform(`${url}/webhooks/alertmanager`, await freePort(CONTROL_PORT));
  const config = writeConfig(folder, platform, port);
  const runova = new RunovaProcess({
    clock,
    config,
    logFile: join(folder, 'runova.log'),
    url,
  });
  try {
    const nodes = platform.sandbox.api.store.list('nodes').length;
    const pods = platform.sandbox.api.store.list('pods').length;
    write(
      `Inside this process: a small platform (${nodes} nodes, ${pods} pods). Nothing leaves this computer.`,
    );
    write('Cut short for you: rules 1 s (really 5 min), quiet window 4 s (10 min), deadlines 15 s (30 min).');
    await Promise.all([runova.start(), sleep(clock, WARM_UP_MS)]);
    await writeQuietHour(platform.prometheus, clock.now());
    const narrator = new Narrator(clock, write);
    const stage: Stage = { clock, platform, runova, narrator, signal };
    const proved = await provedFix(stage);
    const survived = await killedInTheMiddle(stage);
    summary(stage, options, [proved, survived]);
    if (!options.exit && !signal.aborted) await keepRunning(stage, write, url);
    return proved && survived;
  } finally {
    await runova.stop();
    await platform.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeConfig(folder: string, platform: DemoPlatform, port: number): string {
  const kubeconfig = join(folder, 'kubeconfig');
  const config = join(folder, 'runova.yaml');
  writeFileSync(kubeconfig, platform.sandbox.kubeconfig('runova'), { mode: 0o600 });
  const places = { kubeconfig, store: join(folder, 'runova.db') };
  writeFileSync(
    config,
    demoConfig({ ...places, alerts: platform.alertmanager.url, metrics: platform.prometheus.url, port }),
  );
  return config;
}

async function provedFix(stage: Stage): Promise<boolean> {
  stage.narrator.title('1  A fix that is proved');
  stage.platform.sandbox.break('memory-pressure', 'shop/checkout');
  const ended = await follow(stage, { namespace: 'shop', name: 'checkout' });
  stage.platform.sandbox.heal('memory-pressure', 'shop/checkout');
  return ended === 'resolved';
}

async function killedInTheMiddle(stage: Stage): Promise<boolean> {
  const { narrator, platform, runova } = stage;
  narrator.title('2  Runova is killed in the middle of a fix');
  platform.sandbox.break('error-burst', 'shop/api');
  const killed = killAtTheWrite(stage);
  const ended = await follow(stage, { namespace: 'shop', name: 'api' });
  if (ended === 'resolved') await killed;
  platform.sandbox.heal('error-burst', 'shop/api');
  const sent = platform.sandbox.ledger.effects('runova').filter((entry) => entry.name === 'api').length;
  narrator.say('counted', `the platform has seen ${sent} write${sent === 1 ? '' : 's'} to shop/api`);
  return ended === 'resolved' && sent === 1 && runova.pid !== undefined;
}

/** Kills Runova in the very turn in which its write takes effect, before the answer is sent. */
async function killAtTheWrite({ narrator, platform, runova }: Stage): Promise<void> {
  const { store } = platform.sandbox.api;
  const { promise: written, resolve } = Promise.withResolvers<void>();
  const unsubscribe = store.subscribe(() => {
    const template = store.get('deployments', 'shop', 'api')?.['spec'] as
      | { template?: { metadata?: { annotations?: Record<string, string> } } }
      | undefined;
    if (template?.template?.metadata?.annotations?.['runova.dev/operation'] === undefined) return;
    unsubscribe();
    if (runova.pid !== undefined) process.kill(runova.pid, 'SIGKILL');
    resolve();
  });
  await written;
  await runova.kill();
  narrator.say('killed', 'sent … ✗ kill -9, the answer is never read');
  await runova.start();
  narrator.say('restarted', 'on the same store: what was claimed is looked at first');
}

/** Tells the timeline of the incident on a target, from its beginning to its end. */
async function follow(
  stage: Stage,
  target: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const { clock, runova, narrator, signal } = stage;
  const deadlineMs = clock.monotonic() + STORY_WITHIN_MS;
  let after = 0;
  let id: number | undefined;
  while (clock.monotonic() < deadlineMs && !signal.aborted) {
    await sleep(clock, POLL_MS);
    id ??= await incidentOn(runova, target);
    if (id === undefined) continue;
    // The state first: whatever is in the timeline afterwards belongs to it, the last line too.
    const state = (await runova.get<IncidentDocument>(`/api/v1/incidents/${id}`))?.state;
    const page = await runova.get<TimelineDocument>(`/api/v1/incidents/${id}/timeline?after=${after}`);
    for (const row of page?.items ?? []) {
      narrator.tell(row);
      after = row.sequence;
    }
    if (page !== undefined && (state === 'resolved' || state === 'closed' || state === 'handed-over'))
      return state;
  }
  narrator.say('', 'this story did not end in time');
  return 'late';
}

async function incidentOn(
  runova: RunovaProcess,
  target: { readonly namespace: string; readonly name: string },
): Promise<number | undefined> {
  const page = await runova.get<{ items: IncidentDocument[] }>(
    `/api/v1/incidents?namespace=${target.namespace}&limit=20`,
  );
  return page?.items.find((one) => one.target?.name === target.name)?.id;
}

function summary(
  { narrator, platform, runova }: Stage,
  { write, exit }: DemoOptions,
  good: readonly boolean[],
): void {
  const changes = platform.sandbox.ledger.effects('runova').length;
  write('');
  write(
    `   ${good.length} stories in ${narrator.elapsedSeconds} s     ${good.filter(Boolean).length} resolved and proved`,
  );
  write(
    `   ${changes} changes               counted by the platform, not by Runova: each planned, none twice`,
  );
  if (exit) return;
  write('');
  const server = runova.url.endsWith(`:${RUNOVA_PORT}`) ? '' : `--server ${runova.url} `;
  write('Now you. The platform keeps running; in a second terminal:');
  const rows: readonly (readonly [string, string])[] = [
    [`npm run -s runova -- ${server}incident 1`, 'why it acted, guard by guard'],
    ['npm run -s runova -- sandbox break crash-loop shop/cart', 'break something and watch it here'],
    [`npm run -s runova -- ${server}pause`, 'it makes no more changes, from this second on'],
    [`kill -9 ${runova.pid ?? 'PID'}`, 'kill Runova at work; it starts again and looks first'],
  ];
  const width = Math.max(...rows.map(([command]) => command.length));
  for (const [command, meaning] of rows) write(`   ${command.padEnd(width)}   ${meaning}`);
  write('Ctrl-C ends it all.');
}

async function keepRunning(
  { clock, runova, signal }: Stage,
  write: (line: string) => void,
  url: string,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  const revive = (): void => {
    if (signal.aborted) return;
    write(`Runova was ended; it starts again at ${url}`);
    void sleep(clock, 200)
      .then(() => runova.start())
      .then(() => runova.onEnd(revive));
  };
  runova.onEnd(revive);
  await promise;
}

/** One container of a pod through its lives: waiting, running, ended, waiting again. */

import type { Cancel, Clock } from '../../../ports/clock.ts';
import type { ContainerBehaviour, Waiting } from '../container-behaviour.ts';
import type { ContainerLogs } from '../container-logs.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from '../objects.ts';
import { quantity } from '../quantity.ts';
import type { Random } from '../random.ts';
import { timestamp } from '../time.ts';
import type { Timing } from '../timing.ts';

export interface RunHost {
  clock: Clock;
  timing: Timing;
  random: Random;
  behaviour: ContainerBehaviour;
  logs: ContainerLogs;
  pod: () => Pod;
  isAlive: () => boolean;
  blocked: (container: Container) => Waiting | undefined;
  /** The status is to be reported. */
  changed: () => void;
  tell: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

/** Exit code of a process that was killed (128 + SIGKILL). */
const KILLED = 137;

export class ContainerRun {
  readonly name: string;
  readonly #host: RunHost;
  #container: Container;
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #lastState: ContainerState = {};
  #restarts = 0;
  #crashesInRow = 0;
  #isReady = false;
  /** Its own end is scheduled already. */
  #isDoomed = false;
  #startedMs = 0;
  #id = '';
  #timers: Cancel[] = [];

  constructor(host: RunHost, container: Container) {
    this.#host = host;
    this.#container = container;
    this.name = container.name;
  }

  /** The container is to be started for the first time. */
  begin(): void {
    this.#host.changed();
    this.#later(this.#host.timing.containerStartMs, () => this.#start());
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }

  /** The container's part of the pod's status. */
  status(): ContainerStatus {
    const { name, image, resources } = this.#container;
    return {
      name,
      image,
      imageID: `${image.split(':')[0] ?? image}@sha256:${'0'.repeat(64)}`,
      ready: this.#isReady,
      started: this.#state.running !== undefined,
      restartCount: this.#restarts,
      state: this.#state,
      lastState: this.#lastState,
      ...(this.#id === '' ? {} : { containerID: this.#id }),
      ...(resources === undefined ? {} : { resources }),
    };
  }

  /** The container's resources were changed in place. */
  resized(container: Container | undefined): void {
    if (container === undefined) return;
    this.#container = container;
    this.#host.changed();
  }

  /** Something it depends on changed: a start that was blocked is tried again, the probe is asked again. */
  recheck(): void {
    const reason = this.#state.waiting?.reason ?? '';
    if (/Image|Config|CreateContainer/.test(reason))
      this.#later(this.#host.timing.containerStartMs, () => this.#start());
    if (this.#state.running === undefined) return;
    this.#expectCrash();
    if (this.#host.clock.now() - this.#startedMs >= this.#host.timing.readinessMs) this.#probe();
  }

  /** Kills the container when it uses more memory than its limit. */
  checkMemory(): void {
    const limit = quantity(this.#container.resources?.limits?.['memory']);
    if (limit === 0 || this.#state.running === undefined) return;
    if (this.#host.behaviour.memoryBytes(this.#host.pod(), this.#container) <= limit) return;
    this.#ended(KILLED, 'OOMKilled');
  }

  #later(delayMs: number, act: () => void): void {
    this.#timers.push(
      this.#host.clock.after(delayMs, () => {
        if (this.#host.isAlive()) act();
        else this.#later(this.#host.timing.heartbeatMs, act);
      }),
    );
  }

  #start(): void {
    if (this.#state.running !== undefined || this.#host.pod().metadata.deletionTimestamp !== undefined)
      return;
    const waiting = this.#host.blocked(this.#container);
    if (waiting !== undefined) return this.#wait(waiting);
    const { clock, logs, behaviour, random } = this.#host;
    const pod = this.#host.pod();
    this.stop();
    this.#startedMs = clock.now();
    this.#id = `containerd://${random.uid().replaceAll('-', '')}${random.uid().replaceAll('-', '')}`;
    this.#state = { running: { startedAt: timestamp(this.#startedMs) } };
    logs.start(pod.metadata.uid, this.name);
    for (const text of behaviour.firstWords(pod, this.#container)) this.#say(text);
    this.#host.tell('Normal', 'Started', `Started container ${this.name}`);
    this.#isDoomed = false;
    this.#expectCrash();
    this.#later(this.#host.timing.readinessMs, () => this.#probe());
    this.#host.changed();
  }

  /** The process will end by itself, if that is how it behaves now. */
  #expectCrash(): void {
    const crash = this.#host.behaviour.crash(this.#host.pod(), this.#container);
    if (crash === undefined || this.#isDoomed) return;
    this.#isDoomed = true;
    this.#later(crash.afterMs, () => {
      for (const text of crash.lines) this.#say(text);
      this.#ended(crash.exitCode, crash.exitCode === 0 ? 'Completed' : 'Error');
    });
  }

  #say(text: string): void {
    this.#host.logs.write(this.#host.pod().metadata.uid, this.name, { atMs: this.#host.clock.now(), text });
  }

  /** Not startable: reported, and tried again with back-off, as a kubelet does for images and configuration. */
  #wait(waiting: Waiting): void {
    const isSame =
      this.#state.waiting?.reason === waiting.reason && this.#state.waiting.message === waiting.message;
    if (!isSame) {
      this.#state = { waiting };
      this.#host.tell('Warning', 'Failed', `Error: ${waiting.message}`);
      this.#host.changed();
    }
    this.#later(this.#host.timing.crashBackOffMs, () => this.#start());
  }

  #probe(): void {
    if (this.#state.running === undefined) return;
    const isReady = this.#host.behaviour.ready(this.#host.pod(), this.#container);
    if (isReady === this.#isReady) return;
    if (!isReady)
      this.#host.tell(
        'Warning',
        'Unhealthy',
        'Readiness probe failed: HTTP probe failed with statuscode: 503',
      );
    this.#isReady = isReady;
    this.#host.changed();
  }

  #ended(exitCode: number, reason: string): void {
    const { clock, timing } = this.#host;
    this.stop();
    const ranMs = clock.now() - this.#startedMs;
    this.#crashesInRow = ranMs >= timing.crashBackOffResetMs ? 1 : this.#crashesInRow + 1;
    const terminated = {
      exitCode,
      reason,
      startedAt: timestamp(this.#startedMs),
      finishedAt: timestamp(clock.now()),
      containerID: this.#id,
    };
    this.#isReady = false;
    const backOffMs = this.#backOffMs();
    const restart = (): void => {
      this.#restarts += 1;
      this.#lastState = { terminated };
      this.#state = { waiting: { reason: 'ContainerCreating' } };
      this.#start();
    };
    if (backOffMs === 0) {
      this.#state = { terminated };
      this.#host.changed();
      this.#later(timing.containerStartMs, restart);
      return;
    }
    this.#lastState = { terminated };
    this.#state = { waiting: { reason: 'CrashLoopBackOff', message: this.#backOffMessage(backOffMs) } };
    this.#host.tell(
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${this.name} in pod ${this.#podName()}`,
    );
    this.#host.changed();
    this.#later(backOffMs, restart);
  }

  /** None after the first end, then 10 s, 20 s, 40 s … up to 300 s. */
  #backOffMs(): number {
    const { crashBackOffMs, crashBackOffMostMs } = this.#host.timing;
    if (this.#crashesInRow <= 1) return 0;
    return Math.min(crashBackOffMostMs, crashBackOffMs * 2 ** (this.#crashesInRow - 2));
  }

  #backOffMessage(backOffMs: number): string {
    return `back-off ${readableDuration(backOffMs)} restarting failed container=${this.name} pod=${this.#podName()}`;
  }

  #podName(): string {
    const { name, namespace, uid } = this.#host.pod().metadata;
    return `${name}_${namespace}(${uid})`;
  }
}

/** As Go writes durations: `10s`, `1m20s`, `500ms`. */
function readableDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.round((ms % 60_000) / 1000);
  return `${minutes === 0 ? '' : `${minutes}m`}${seconds}s`;
}

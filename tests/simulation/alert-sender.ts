import type { AlertNotice } from '../../src/domain/alert.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Fault, Knobs } from './knobs.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import type { Recorder } from './recorder.ts';
import type { Referee } from './referee.ts';
import type { World } from './world.ts';

const EVERY_MS = 4_000;
const RETRY_MS = 4_000;
/** Alertmanager gives up on an answer and tries again. */
const ANSWER_MS = 10_000;

export interface SenderSetting {
  readonly clock: Clock;
  readonly world: World;
  readonly process: Process;
  readonly referee: Referee;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly knobs: Knobs;
  readonly rate: (fault: Fault) => number;
}

/** Alertmanager's side of the webhook: grouped, repeated, retried until it was taken, and sometimes wrong. */
export class AlertSender {
  readonly #setting: SenderSetting;

  constructor(setting: SenderSetting) {
    this.#setting = setting;
    this.#later();
  }

  #later(): void {
    this.#setting.clock.after(EVERY_MS, () => {
      this.#round();
      this.#later();
    });
  }

  #round(): void {
    const { world, clock, random } = this.#setting;
    const due = [...world.outbox.values()].filter(({ tellAtMs }) => tellAtMs <= clock.monotonic());
    const liar = [...world.outbox.values()].find(({ notice }) => notice.status === 'firing');
    if (liar !== undefined && this.#occurs('webhook/lying-resolved', 0.1))
      this.#post([{ ...liar.notice, status: 'resolved' }], false);
    for (const entry of due) entry.tellAtMs = clock.monotonic() + ANSWER_MS + RETRY_MS;
    const groups = due.length > 1 && random.happens(0.5) ? due.map((one) => [one]) : [due];
    for (const group of groups) {
      if (group.length > 0) this.#send(group.map(({ notice }) => notice));
    }
  }

  #send(notices: readonly AlertNotice[]): void {
    const { clock, random } = this.#setting;
    if (this.#occurs('webhook/lost')) return;
    if (this.#occurs('webhook/duplicate'))
      clock.after(random.between(0, 90_000), () => this.#post(notices, false));
    if (this.#occurs('webhook/late'))
      clock.after(random.between(1_000, 60_000), () => this.#post(notices, true));
    else this.#post(notices, true);
  }

  #post(notices: readonly AlertNotice[], answered: boolean): void {
    const { process, referee, recorder } = this.#setting;
    const program = process.running?.program;
    if (program === undefined) return;
    recorder.line(
      `webhook ${notices.map(({ status, alert }) => `${status} ${alert.labels['alertname'] ?? ''} ${alert.key}`).join(', ')}`,
    );
    program.receive(notices).then(
      () => {
        referee.acknowledged(notices);
        if (answered && !this.#occurs('webhook/answer-lost')) this.#taken(notices);
      },
      () => recorder.line('webhook answered 503'),
    );
  }

  /** Told: again after a while as long as it fires, never again once its end was told. */
  #taken(notices: readonly AlertNotice[]): void {
    const { world, clock, knobs } = this.#setting;
    for (const notice of notices) {
      const { key } = notice.alert;
      const entry = world.outbox.get(key);
      if (entry?.notice !== notice) continue;
      if (notice.status === 'resolved') world.outbox.delete(key);
      else entry.tellAtMs = clock.monotonic() + knobs.repeatMs;
    }
  }

  #occurs(fault: Fault, share = 1): boolean {
    const { random, rate, recorder } = this.#setting;
    if (!random.happens(rate(fault) * share)) return false;
    recorder.count(`fault ${fault}`);
    return true;
  }
}

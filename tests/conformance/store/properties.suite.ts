import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { StoreChange } from '../../../src/domain/decision.ts';
import { isEnded } from '../../../src/domain/incident.ts';
import type { State } from '../../../src/domain/incident.ts';
import type { Claimed, Lane, Store } from '../../../src/ports/store.ts';
import { firing, notice, SELF_HEALED, step } from './samples.ts';
import type { OpenBench, StoreBench } from './samples.ts';

const LANES: readonly Lane[] = ['plan', 'act', 'prove'];
const STATES = [
  'open',
  'waiting',
  'executing',
  'verifying',
  'handed-over',
  'closed',
] as const satisfies readonly State[];

type Act =
  | {
      readonly kind: 'receive';
      readonly fingerprint: string;
      readonly startsAtMs: number;
      readonly status: 'firing' | 'resolved';
    }
  | { readonly kind: 'claim'; readonly lane: Lane }
  | { readonly kind: 'commit'; readonly state: (typeof STATES)[number]; readonly hold: string | undefined }
  | { readonly kind: 'give-up' }
  | { readonly kind: 'fail'; readonly side: 'before' | 'after' }
  | { readonly kind: 'crash' }
  /** Ends the turn: what was asked for since the last one was one batch. */
  | { readonly kind: 'wait' };

const anAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('receive'),
      fingerprint: fc.constantFrom('a', 'b', 'c'),
      startsAtMs: fc.constantFrom(1, 2),
      status: fc.constantFrom('firing', 'resolved'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('claim'), lane: fc.constantFrom(...LANES) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('commit'),
      state: fc.constantFrom(...STATES),
      hold: fc.constantFrom(undefined, 'x', 'y'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('give-up') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fail'), side: fc.constantFrom('before', 'after') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait') }) },
) as fc.Arbitrary<Act>;

/** Plays acts against a store and keeps what was acknowledged. */
class Play {
  readonly bench: StoreBench;
  readonly acknowledged = new Set<string>();
  #store: Store;
  #claims: Claimed[] = [];
  #asked: Promise<void>[] = [];

  constructor(bench: StoreBench) {
    this.bench = bench;
    this.#store = bench.store;
  }

  get store(): Store {
    return this.#store;
  }

  async run(acts: readonly Act[]): Promise<void> {
    for (const act of acts) {
      this.bench.clock.advance(1);
      await this.#play(act);
    }
    await this.settle();
  }

  /** Waits for everything asked for; what a failing store refused is simply not acknowledged. */
  async settle(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    for (const one of await Promise.allSettled(asked)) {
      if (one.status === 'rejected')
        assert.equal((one.reason as { code?: string }).code, 'store/unavailable');
    }
  }

  async #play(act: Act): Promise<void> {
    switch (act.kind) {
      case 'receive':
        this.#asked.push(this.#receive(act));
        return;
      case 'claim':
        this.#asked.push(this.#claim(act.lane));
        return;
      case 'commit': {
        const claimed = this.#claims.shift();
        if (claimed !== undefined) this.#asked.push(this.#commit(claimed, act));
        return;
      }
      case 'give-up': {
        const claimed = this.#claims.pop();
        if (claimed !== undefined) this.#asked.push(this.#store.giveUp(claimed, this.bench.clock.now()));
        return;
      }
      case 'fail':
        this.bench.failNext(act.side);
        return;
      case 'crash':
        await this.settle();
        this.#store = await this.bench.reopen();
        return;
      case 'wait':
        await this.settle();
    }
  }

  async #receive({ status, fingerprint, startsAtMs }: Extract<Act, { kind: 'receive' }>): Promise<void> {
    const one = notice(status, { fingerprint, startsAtMs });
    await this.#store.receive([one]);
    if (status === 'firing') this.acknowledged.add(one.alert.key);
  }

  async #claim(lane: Lane): Promise<void> {
    const { claimed } = await this.#store.claimDue(lane, 2);
    this.#claims.push(...claimed);
  }

  async #commit(claimed: Claimed, { state, hold }: Extract<Act, { kind: 'commit' }>): Promise<void> {
    const nowMs = this.bench.clock.now();
    const next = state === 'closed' ? SELF_HEALED(nowMs) : { state };
    const seen = Object.fromEntries(claimed.incident.alerts.map((alert) => [alert.key, alert.receivedAtMs]));
    const line: StoreChange = { kind: 'timeline', entry: { kind: 'noted', text: 'seen', fields: seen } };
    const changes: readonly StoreChange[] = hold === undefined ? [line] : [line, { kind: 'hold', key: hold }];
    const committed = await step(this.#store, claimed, { next, changes });
    if (committed.kind === 'held' || committed.kind === 'limited') this.#claims.push(claimed);
  }

  /**
   * Alert key → when the news was received that the last written transition has seen. Told by the store, because
   * a worker cannot know whether a commit that failed was written.
   */
  async seen(): Promise<ReadonlyMap<string, unknown>> {
    const lines = await this.#store.timeline({ limit: 10_000 });
    return new Map(
      lines.flatMap(({ text, fields }) => (text === 'seen' ? Object.entries(fields ?? {}) : [])),
    );
  }

  /** As a worker would: looks at what is due until nothing is. What a crash left claimed is claimed again. */
  async drain(): Promise<void> {
    this.#store = await this.bench.reopen();
    for (let rounds = 0; rounds < 50; rounds += 1) {
      this.#claims = [];
      for (const lane of LANES) await this.#claim(lane);
      if (this.#claims.length === 0) return;
      for (const claimed of this.#claims) {
        const { state } = claimed.incident;
        await this.#commit(claimed, {
          kind: 'commit',
          state: state === 'closed' || state === 'handed-over' ? state : 'waiting',
          hold: undefined,
        });
      }
    }
    assert.fail('the queue never empties');
  }
}

/** The store fails at most once more after the acts, so that draining meets a healthy one. */
async function played(
  open: OpenBench,
  acts: readonly Act[],
  judge: (play: Play) => Promise<void>,
): Promise<void> {
  const bench = await open();
  try {
    const play = new Play(bench);
    await play.run(acts);
    await bench.store.counts().catch(() => undefined);
    await play.store.counts().catch(() => undefined);
    await judge(play);
  } finally {
    await bench.end();
  }
}

export function propertiesHold(open: OpenBench): void {
  const runs = { numRuns: 150 };

  describe('in any interleaving of receiving, claiming, committing, failing and crashing', () => {
    test('no acknowledged alert is lost', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anAct, { maxLength: 40 }), async (acts) => {
          await played(open, acts, async ({ store, acknowledged }) => {
            const stored = await store.alerts(100);
            for (const key of acknowledged) {
              const alert = stored.find((one) => one.key === key);
              assert.ok(alert, `${key} is stored`);
              assert.ok(await store.incident(alert.incident), `${key} has an incident`);
            }
          });
        }),
        runs,
      );
    });

    test('no news is lost: whatever an alert last said, a committed transition has seen it, or its incident had ended', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anAct, { maxLength: 40 }), async (acts) => {
          await played(open, acts, async (play) => {
            await play.drain();
            const seen = await play.seen();
            for (const alert of await play.store.alerts(100)) {
              const row = await play.store.incident(alert.incident);
              const ended = row !== undefined && isEnded(row.incident.state);
              if (alert.status === 'resolved' && ended) continue;
              assert.equal(seen.get(alert.key), alert.receivedAtMs, `the last news of ${alert.key} was seen`);
            }
          });
        }),
        runs,
      );
    });

    test('a key has one holder at most, and none that has ended', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anAct, { maxLength: 40 }), async (acts) => {
          await played(open, acts, async ({ store }) => {
            for (const key of ['x', 'y']) {
              const { holder } = await store.holder(key);
              assert.ok(holder === undefined || !isEnded(holder.state));
            }
          });
        }),
        runs,
      );
    });

    test('a repeat of everything that was acknowledged opens no incident', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anAct, { maxLength: 30 }), async (acts) => {
          await played(open, acts, async ({ store, acknowledged }) => {
            const before = (await store.incidents({ limit: 100 })).length;
            await store.receive(
              [...acknowledged].map((key) => {
                const [fingerprint = '', startsAtMs] = key.split('@');
                return firing({ fingerprint, startsAtMs: Number(startsAtMs) });
              }),
            );
            assert.equal((await store.incidents({ limit: 100 })).length, before);
          });
        }),
        runs,
      );
    });
  });
}

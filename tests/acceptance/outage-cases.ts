import assert from 'node:assert/strict';
import type { Fault } from '../../src/sandbox/fault-proxy.ts';
import type { AcceptanceCase } from './acceptance-case.ts';
import type { CaseBook } from './case-book.ts';
import { HOLD_MS, type Neighbourhood } from './neighbourhood.ts';

/** Longer than Runova waits for an answer (10 s). */
const TOO_LATE_MS = 11_000;

const VEILS: readonly (readonly [why: string, veil: Fault])[] = [
  ['stopped', { kind: 'down' }],
  ['answering HTML', { kind: 'html' }],
  ['empty', { kind: 'empty' }],
  ['cut off in the middle', { kind: 'truncated' }],
  ['too slow', { kind: 'slow', delayMs: TOO_LATE_MS }],
];

/** Waits for a look that began after now, and a whole quiet window: with a good Prometheus it would be resolved. */
async function cannotTell(book: CaseBook, why: string): Promise<void> {
  const looks = (await book.incident())?.proof?.looks ?? 0;
  const fromMs = Date.now();
  const incident = await book.until(`has looked while Prometheus is ${why}`, ({ state, proof }) => {
    const isLongEnough = Date.now() - fromMs > HOLD_MS + 1_000 && (proof?.looks ?? 0) >= looks + 2;
    return isLongEnough || state !== 'verifying';
  });
  assert.equal(incident.state, 'verifying', `Prometheus ${why}: ${incident.why}`);
  assert.equal(incident.proof?.trueSince, undefined, `Prometheus ${why}: what cannot be read is not good`);
  assert.equal(book.writes().length, 1, `Prometheus ${why}: no further change`);
}

async function veiled(book: CaseBook, { veil }: Neighbourhood): Promise<void> {
  await book.untilWritten();
  for (const [why, fault] of VEILS) {
    await veil.set(fault);
    await cannotTell(book, why);
  }
  await veil.set({ kind: 'pass' });
  await book.endsResolvedByOneWrite();
}

/** Prometheus between an effect and its proof, seen through a proxy that only one server uses. */
export const VEILED_CASE: AcceptanceCase = {
  title:
    'nothing is resolved and nothing more is written while Prometheus cannot be read, and it goes on after that',
  role: 'blinded',
  patient: 'ledger',
  trouble: 'bad-rollout',
  run: veiled,
};

/** Outages that everybody shares: these cases come one after another, when the others are done. */
export const SHARED_OUTAGE_CASES: readonly AcceptanceCase[] = [
  {
    title: 'an alert outlives a restart of Alertmanager between its webhook and the action',
    role: 'acting',
    patient: 'stock',
    trouble: 'bad-rollout',
    breaksItself: true,
    run: async (book, { ground, watchers }) => {
      const { server, patient } = book;
      const target = `${patient.namespace}/${patient.name}`;
      const paused = await server.command(
        'pause',
        '--target',
        target,
        '--because',
        'so that the webhook comes first',
      );
      assert.equal(paused.code, 0, paused.err);
      await ground.break('bad-rollout', patient);
      await book.until('waits for the pause', ({ wait }) => wait?.guard === 'paused');
      await watchers.restartAlertmanager();
      const resumed = await server.command('resume', '--target', target);
      assert.equal(resumed.code, 0, resumed.err);
      await book.endsResolvedByOneWrite();
    },
  },
  {
    title: 'a Prometheus that dies makes Alertmanager say "resolved"; Runova waits for its word all the same',
    role: 'acting',
    patient: 'reviews',
    trouble: 'error-burst',
    run: async (book, { copies, watchers }) => {
      await book.untilWritten();
      const before = copies.letters.length;
      await watchers.killPrometheus();
      await book.awaits('Alertmanager says that it is over', () =>
        copies.letters
          .slice(before)
          .flatMap(({ alerts }) => alerts)
          .find(({ status, labels }) => status === 'resolved' && labels['deployment'] === 'reviews'),
      );
      await cannotTell(book, 'dead');
      await watchers.startPrometheus();
      await book.endsResolvedByOneWrite();
    },
  },
];

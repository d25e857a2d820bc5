import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INCIDENT, MINUTE, NOW, PLAN, SETTINGS } from '../../tests/mutants/samples.ts';
import { decideCommand, type PersonCommand } from './command.ts';
import type { CommandDecision, Decision } from './decision.ts';
import type { Incident, State } from './incident.ts';

const CONTEXT = { nowMs: NOW, settings: SETTINGS };
const at = (state: State, change: Partial<Incident> = {}): Incident => ({ ...INCIDENT, state, ...change });
const asking = at('asking', {
  asked: 1,
  asking: { plan: PLAN, sinceMs: NOW - MINUTE, expiresAtMs: NOW + 1 },
});
const say = (incident: Incident, command: PersonCommand): CommandDecision =>
  decideCommand(incident, command, 'ada', CONTEXT);

function accepted(decision: CommandDecision): Decision {
  assert.equal(decision.kind, 'accepted', decision.kind === 'refused' ? decision.why : '');
  return (decision as CommandDecision & { kind: 'accepted' }).decision;
}

const COMMANDS: readonly PersonCommand[] = [
  { kind: 'approve', incident: 41 },
  { kind: 'reject', incident: 41 },
  { kind: 'retry', incident: 41 },
  { kind: 'close', incident: 41 },
  { kind: 'take', incident: 41, because: 'looking' },
];
const LIVE: readonly State[] = ['open', 'waiting', 'asking', 'executing', 'verifying', 'handed-over'];
/** Where each command is heard at all. */
const HEARD: Readonly<Record<PersonCommand['kind'], readonly State[]>> = {
  approve: ['asking'],
  reject: ['asking'],
  retry: ['handed-over'],
  close: ['open', 'waiting', 'asking', 'verifying', 'handed-over'],
  take: LIVE,
};

describe('a command', () => {
  for (const command of COMMANDS) {
    for (const state of [...LIVE, 'resolved', 'closed'] as const) {
      const heard = HEARD[command.kind].includes(state);
      test(`${command.kind} is ${heard ? 'heard' : 'refused with a reason'} while it is ${state}`, () => {
        const ended =
          state === 'resolved' || state === 'closed'
            ? { ended: { atMs: NOW, how: 'self-healed' as const, why: 'proved' } }
            : {};
        const incident = state === 'asking' ? asking : at(state, ended);
        const decision = say(incident, command);
        assert.equal(decision.kind, heard ? 'accepted' : 'refused');
        if (decision.kind === 'refused') assert.ok(decision.why.length > 10);
      });
    }
  }

  test('is written down with who gave it', () => {
    for (const command of COMMANDS) {
      const { changes } = accepted(
        say(HEARD[command.kind].includes('asking') ? asking : at('handed-over'), command),
      );
      assert.ok(
        changes.some(
          (change) =>
            change.kind === 'timeline' && change.entry.kind === 'person' && change.entry.text.includes('ada'),
        ),
        command.kind,
      );
    }
  });
});

describe('an approval', () => {
  test('is for the plan that was asked for, and sets it going', () => {
    const { next, dueAtMs } = accepted(say(asking, { kind: 'approve', incident: 41, digest: PLAN.digest }));
    assert.equal(next.state, 'open');
    assert.deepEqual(next.approval, { digest: PLAN.digest, by: 'ada', atMs: NOW });
    assert.equal(next.asking, undefined);
    assert.equal(dueAtMs, NOW);
  });

  test('of another plan is refused', () =>
    assert.equal(say(asking, { kind: 'approve', incident: 41, digest: 'another' }).kind, 'refused'));

  test('that comes when the question has expired is refused', () => {
    const expired = at('asking', { asking: { plan: PLAN, sinceMs: NOW - MINUTE, expiresAtMs: NOW } });
    assert.equal(say(expired, { kind: 'approve', incident: 41 }).kind, 'refused');
  });

  test('that comes after the end says how it ended', () => {
    const decision = say(
      at('closed', { ended: { atMs: NOW, how: 'self-healed', why: 'the rule is inactive' } }),
      { kind: 'approve', incident: 41 },
    );
    assert.match(decision.kind === 'refused' ? decision.why : '', /self-healed.*the rule is inactive/);
  });
});

describe('a person', () => {
  test('who rejects leaves the incident handed over, with a time to look again', () => {
    const { next, dueAtMs } = accepted(say(asking, { kind: 'reject', incident: 41, because: 'too risky' }));
    assert.equal(next.handover?.reason, 'rejected');
    assert.match(next.handover?.why ?? '', /too risky/);
    assert.equal(dueAtMs, NOW);
  });

  test('who says retry begins at the rung that was named, or at the one that was tried last', () => {
    const attempt = {
      operation: 'o',
      number: '41.1',
      rung: 1,
      action: 'scale',
      summary: '',
      outcome: 'not-fixed',
      why: '',
    } as const;
    const tried = at('handed-over', {
      rung: 2,
      asked: 3,
      attempts: [attempt],
      handover: { reason: 'no-rung-left', why: '', atMs: NOW },
    });
    assert.equal(accepted(say(tried, { kind: 'retry', incident: 41 })).next.rung, 1);
    assert.equal(accepted(say(tried, { kind: 'retry', incident: 41, rung: 1 })).next.rung, 0);
    assert.equal(accepted(say(tried, { kind: 'retry', incident: 41 })).next.asked, 0);
    for (const rung of [0, -1, 1.5, Number.NaN])
      assert.equal(say(tried, { kind: 'retry', incident: 41, rung }).kind, 'refused', String(rung));
  });

  test('who closes ends it, with the reason, and nothing is due', () => {
    const { next, dueAtMs } = accepted(
      say(at('handed-over'), { kind: 'close', incident: 41, because: 'planned work' }),
    );
    assert.deepEqual(next.ended, { atMs: NOW, how: 'by-person', why: 'ada: planned work' });
    assert.equal(dueAtMs, undefined);
  });

  test('who takes a target keeps the incident as it is; there must be a target', () => {
    const { next } = accepted(
      say(at('verifying'), { kind: 'take', incident: 41, untilMs: NOW + MINUTE, because: 'looking' }),
    );
    assert.deepEqual(
      [next.state, next.take],
      ['verifying', { by: 'ada', because: 'looking', untilMs: NOW + MINUTE }],
    );
    const { target: _target, ...aimless } = at('open');
    assert.equal(say(aimless, { kind: 'take', incident: 41, because: 'looking' }).kind, 'refused');
  });
});

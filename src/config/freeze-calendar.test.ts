import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dayAndTime } from '../domain/freeze.ts';
import type { FreezeWindow } from './config.ts';
import { freezeCalendar } from './freeze-calendar.ts';

const BERLIN = 'Europe/Berlin';
const HOUR = 3_600_000;
const DATES: FreezeWindow = {
  kind: 'dates',
  name: 'release freeze',
  from: '2026-12-20',
  until: '2027-01-06',
  except: ['cert-renewal'],
};
const NIGHTLY: FreezeWindow = {
  kind: 'cron',
  name: 'payroll',
  cron: '0 22 28 * *',
  forMs: 8 * HOUR,
  namespaces: ['ledger-*'],
  except: [],
};

const SHOP = { playbook: 'scale-up', namespace: 'shop-prod' };
const LEDGER = { playbook: 'scale-up', namespace: 'ledger-prod' };

function look(windows: readonly FreezeWindow[], moment: string, subject = SHOP) {
  const { active, next } = freezeCalendar(windows, BERLIN)(Date.parse(moment), subject);
  const shown = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString().replace(/:00.000Z$/, 'Z');
  return {
    active: active && `${active.name} until ${shown(active.untilMs)}`,
    next: next && `${next.name} from ${shown(next.fromMs)}`,
  };
}

describe('the calendar of freezes', () => {
  const BEFORE = { active: undefined, next: 'release freeze from 2026-12-19T23:00Z' };
  const DURING = { active: 'release freeze until 2027-01-05T23:00Z', next: undefined };
  const AFTER = { active: undefined, next: undefined };
  const edges: readonly (readonly [string, object])[] = [
    ['2026-11-03T02:11:00Z', BEFORE],
    ['2026-12-19T22:59:59.999Z', BEFORE],
    ['2026-12-19T23:00:00Z', DURING],
    ['2027-01-05T22:59:59.999Z', DURING],
    ['2027-01-05T23:00:00Z', AFTER],
  ];
  for (const [moment, wanted] of edges)
    test(`dates, in the time zone, at ${moment}`, () => assert.deepEqual(look([DATES], moment), wanted));

  const nightly: readonly (readonly [string, object])[] = [
    ['2026-11-28T20:59:59.999Z', { active: undefined, next: 'payroll from 2026-11-28T21:00Z' }],
    [
      '2026-11-28T21:00:00Z',
      { active: 'payroll until 2026-11-29T05:00Z', next: 'payroll from 2026-12-28T21:00Z' },
    ],
    [
      '2026-11-29T04:59:59.999Z',
      { active: 'payroll until 2026-11-29T05:00Z', next: 'payroll from 2026-12-28T21:00Z' },
    ],
    ['2026-11-29T05:00:00Z', { active: undefined, next: 'payroll from 2026-12-28T21:00Z' }],
  ];
  for (const [moment, wanted] of nightly)
    test(`a schedule with its duration, at ${moment}`, () =>
      assert.deepEqual(look([NIGHTLY], moment, LEDGER), wanted));

  test('an exception is by playbook, a scope by namespace', () => {
    const during = '2026-12-28T22:00:00Z';
    assert.equal(look([DATES], during, { ...SHOP, playbook: 'cert-renewal' }).active, undefined);
    assert.equal(look([NIGHTLY], during, SHOP).active, undefined);
    assert.equal(look([NIGHTLY], during, LEDGER).active, 'payroll until 2026-12-29T05:00Z');
  });

  test('of two that are on, the one that ends last', () => {
    assert.equal(
      look([NIGHTLY, DATES], '2026-12-28T22:00:00Z', LEDGER).active,
      'release freeze until 2027-01-05T23:00Z',
    );
  });

  test('where there is none, nothing is on and nothing comes', () => {
    assert.deepEqual(look([], '2026-12-28T22:00:00Z'), { active: undefined, next: undefined });
  });

  describe('when the clocks change', () => {
    const daily = (cron: string, forMs: number): FreezeWindow => ({
      kind: 'cron',
      name: 'night',
      cron,
      forMs,
      except: [],
    });

    test('a schedule keeps the time of the clock on the wall', () => {
      const night = [daily('0 22 * * *', HOUR)];
      assert.equal(look(night, '2026-03-28T12:00:00Z').next, 'night from 2026-03-28T21:00Z');
      assert.equal(look(night, '2026-03-29T12:00:00Z').next, 'night from 2026-03-29T20:00Z');
      assert.equal(look(night, '2026-10-24T12:00:00Z').next, 'night from 2026-10-24T20:00Z');
      assert.equal(look(night, '2026-10-25T12:00:00Z').next, 'night from 2026-10-25T21:00Z');
    });

    test('a duration stays as long as it says', () => {
      const night = [daily('0 22 * * *', 8 * HOUR)];
      assert.equal(look(night, '2026-03-29T04:59:00Z').active, 'night until 2026-03-29T05:00Z');
      assert.equal(look(night, '2026-10-25T03:59:00Z').active, 'night until 2026-10-25T04:00Z');
      assert.equal(look(night, '2026-10-25T04:00:00Z').active, undefined);
    });

    test('what begins in the hour that is skipped begins after it; in the one that comes twice, once', () => {
      const night = [daily('30 2 * * *', HOUR)];
      assert.equal(look(night, '2026-03-29T00:30:00Z').next, 'night from 2026-03-29T01:00Z');
      assert.equal(look(night, '2026-10-25T00:29:00Z').next, 'night from 2026-10-25T00:30Z');
      assert.equal(look(night, '2026-10-25T00:30:00Z').next, 'night from 2026-10-26T01:30Z');
    });

    test('dates are days of the time zone on both sides of the change', () => {
      const week: FreezeWindow = { ...DATES, from: '2026-03-28', until: '2026-03-30T22:30' };
      assert.deepEqual(look([week], '2026-03-27T22:00:00Z'), {
        active: undefined,
        next: 'release freeze from 2026-03-27T23:00Z',
      });
      assert.equal(look([week], '2026-03-29T22:00:00Z').active, 'release freeze until 2026-03-30T20:30Z');
    });
  });

  test('a moment is shown in the time zone of the windows', () => {
    assert.equal(dayAndTime(Date.parse('2026-12-19T23:00:00Z'), BERLIN), '20 Dec 00:00');
    assert.equal(dayAndTime(Date.parse('2026-07-05T22:05:00Z'), BERLIN), '6 Jul 00:05');
    assert.equal(dayAndTime(Date.parse('2026-07-05T22:05:00Z'), 'UTC'), '5 Jul 22:05');
  });
});

import assert from 'node:assert/strict';
import type { AcceptanceCase } from './acceptance-case.ts';

/** What people say, and what Alertmanager says twice. */
export const PEOPLE_CASES: readonly AcceptanceCase[] = [
  {
    title: 'nothing is written while its target is paused, and it goes on after resume',
    role: 'acting',
    patient: 'invoices',
    trouble: 'bad-rollout',
    breaksItself: true,
    run: async (book, { ground }) => {
      const { server, patient } = book;
      const target = `${patient.namespace}/${patient.name}`;
      const paused = await server.command('pause', '--target', target, '--because', 'somebody works on it');
      assert.equal(paused.code, 0, paused.err);
      await ground.break('bad-rollout', patient);
      await book.until(
        'waits for the pause',
        ({ state, wait }) => state === 'waiting' && wait?.guard === 'paused',
      );
      // The pause is looked at again, and still nothing is written.
      const { dueAt: firstDue } = (await book.incident()) ?? {};
      await book.until('has looked again', ({ dueAt }) => dueAt !== firstDue);
      assert.equal(book.writes().length, 0);
      const resumed = await server.command('resume', '--target', target);
      assert.equal(resumed.code, 0, resumed.err);
      await book.endsResolvedByOneWrite();
    },
  },
  {
    title: 'where a person is to be asked, the approved plan is carried out once',
    role: 'acting',
    patient: 'orders',
    trouble: 'bad-rollout',
    mode: 'ask',
    run: async (book, { people }) => {
      const { id, asking } = await book.until('asks', ({ state }) => state === 'asking');
      assert.ok(asking !== undefined);
      await book.awaits('people are asked', () =>
        people.letters
          .flatMap(({ alerts }) => alerts)
          .find(({ labels }) => labels['alertname'] === 'RunovaAsks' && labels['incident'] === String(id)),
      );
      assert.equal(book.writes().length, 0);
      const approved = await book.server.command('approve', String(id), '--digest', asking.plan.digest);
      assert.equal(approved.code, 0, approved.err);
      const { incident } = await book.endsResolvedByOneWrite();
      assert.equal(incident.operations[0]?.plan.digest, asking.plan.digest);
      const again = await book.server.command('approve', String(id), '--digest', asking.plan.digest);
      assert.notEqual(again.code, 0, 'an ended incident takes no approval');
      assert.equal(book.writes().length, 1);
    },
  },
  {
    title: 'a webhook that comes again and again adds neither an incident nor a write',
    role: 'acting',
    patient: 'wishlist',
    trouble: 'error-burst',
    run: async (book, { copies }) => {
      await book.untilWritten();
      const letters = copies.letters.filter(({ alerts }) =>
        alerts.some(({ labels }) => labels['deployment'] === 'wishlist'),
      );
      assert.ok(letters.length > 0, 'Alertmanager has sent it');
      for (const letter of [...letters, ...letters, ...letters]) {
        assert.equal(await book.server.webhook(letter), 202);
      }
      await book.endsResolvedByOneWrite();
      assert.equal((await book.incidents()).length, 1);
    },
  },
  {
    title: 'a server that only observes says what it would have done, and writes nothing',
    role: 'observing',
    patient: 'web',
    trouble: 'bad-rollout',
    run: async (book) => {
      const incident = await book.ends('closed');
      assert.equal(incident.ended?.how, 'observed');
      assert.match(incident.ended.why, /would have/);
      assert.equal(book.writes().length, 0);
    },
  },
];

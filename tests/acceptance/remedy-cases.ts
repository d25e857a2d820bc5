import assert from 'node:assert/strict';
import type { AcceptanceCase } from './acceptance-case.ts';

/** What Runova repairs, and what it leaves to people with all that they need. */
export const REMEDY_CASES: readonly AcceptanceCase[] = [
  {
    title: 'memory that follows traffic is resolved by one step of scale',
    role: 'acting',
    patient: 'checkout',
    trouble: 'memory-pressure',
    run: async (book) => {
      const { write } = await book.endsResolvedByOneWrite();
      assert.match(write.path, /\/deployments\/checkout\/scale$/);
    },
  },
  {
    title: 'a crash loop that began with a rollout is resolved by rolling back',
    role: 'acting',
    patient: 'mailer',
    trouble: 'bad-rollout',
    run: async (book) => {
      const { incident, write } = await book.endsResolvedByOneWrite();
      assert.deepEqual(
        incident.operations.map(({ plan }) => plan.action),
        ['roll-back'],
      );
      assert.match(write.path, /\/deployments\/mailer$/);
    },
  },
  {
    title: 'a crash loop on a Secret of before is resolved by a restart',
    role: 'acting',
    patient: 'payments',
    trouble: 'stale-secret',
    run: async (book) => {
      const { incident } = await book.endsResolvedByOneWrite();
      assert.deepEqual(
        incident.operations.map(({ plan }) => plan.action),
        ['rollout-restart'],
      );
    },
  },
  {
    title: 'errors that came with a rollout are resolved by rolling back',
    role: 'acting',
    patient: 'cart',
    trouble: 'error-burst',
    run: async (book) => {
      const { incident } = await book.endsResolvedByOneWrite();
      assert.deepEqual(
        incident.operations.map(({ plan }) => plan.action),
        ['roll-back'],
      );
    },
  },
  {
    title:
      'a crash loop without a known cause is handed over unchanged, with evidence, and people hear of it',
    role: 'acting',
    patient: 'search',
    trouble: 'unfixable',
    run: async (book, { people }) => {
      const incident = await book.ends('handed-over');
      assert.equal(book.writes().length, 0);
      assert.ok((incident.evidence?.bytes ?? 0) > 0, 'evidence was taken');
      assert.ok((incident.evidence?.logs ?? 0) > 0, 'the last words of what crashed are in it');
      const told = await book.awaits('people are told', () =>
        people.letters
          .flatMap(({ alerts }) => alerts)
          .find(
            ({ labels }) =>
              labels['alertname'] === 'RunovaHandover' && labels['incident'] === String(incident.id),
          ),
      );
      assert.match(told.annotations['summary'] ?? '', /search/);
      assert.equal(told.annotations['command'], `runova incident ${incident.id}`);
    },
  },
  {
    title: 'a leak is no load: it is not scaled, but handed over',
    role: 'acting',
    patient: 'catalog',
    trouble: 'memory-leak',
    run: async (book) => {
      const incident = await book.ends('handed-over');
      assert.equal(book.writes().length, 0);
      assert.match(incident.handover?.why ?? '', /traffic-growth/);
    },
  },
];

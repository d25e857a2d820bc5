import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CaseBook } from './case-book.ts';
import type { Ground, PatientPlan, Trouble, Write } from './ground.ts';
import { startNeighbourhood, type Neighbourhood, type Role } from './neighbourhood.ts';
import type { WatcherKind } from './watchers.ts';

export interface SuiteOptions {
  readonly ground: (plans: readonly PatientPlan[]) => Promise<Ground>;
  readonly watchers: WatcherKind;
  readonly namespaces: Readonly<Record<Role, string>>;
}

interface Case {
  readonly title: string;
  readonly role: Role;
  readonly patient: string;
  readonly trouble: Trouble;
  readonly run: (book: CaseBook, neighbourhood: Neighbourhood) => Promise<void>;
}

const CASES: readonly Case[] = [
  {
    title: 'memory pressure is resolved by one step of scale',
    role: 'acting',
    patient: 'heavy',
    trouble: 'memory-pressure',
    run: async (book) => {
      await book.ends('resolved');
      assert.deepEqual(book.writes().map(isScale), [true]);
    },
  },
];

function isScale(write: Write): boolean {
  return write.path.endsWith('/scale');
}

/** Registers the acceptance cases with node:test: one neighbourhood, and every case a workload of its own. */
export function acceptance(options: SuiteOptions): void {
  const plans = CASES.map((one): PatientPlan => ({ namespace: options.namespaces[one.role], name: one.patient, replicas: 3, trouble: one.trouble }));
  describe('a platform with Runova on it', { concurrency: CASES.length }, () => {
    let neighbourhood: Neighbourhood;
    before(async () => {
      neighbourhood = await startNeighbourhood({ ...options, ground: await options.ground(plans) });
    });
    after(() => neighbourhood.stop());
    for (const one of CASES) {
      test(one.title, async () => {
        const { ground, servers } = neighbourhood;
        const patient = { namespace: options.namespaces[one.role], name: one.patient };
        const book = new CaseBook({ server: servers[one.role], ground, patient });
        await ground.break(one.trouble, patient);
        await one.run(book, neighbourhood);
      });
    }
  });
}

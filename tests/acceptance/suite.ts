import { after, before, describe, test } from 'node:test';
import type { AcceptanceCase } from './acceptance-case.ts';
import { CaseBook } from './case-book.ts';
import type { Ground, PatientPlan } from './ground.ts';
import { HOLD_MS, startNeighbourhood, type Neighbourhood, type Role } from './neighbourhood.ts';
import { SHARED_OUTAGE_CASES, VEILED_CASE } from './outage-cases.ts';
import { PEOPLE_CASES } from './people-cases.ts';
import { REMEDY_CASES } from './remedy-cases.ts';
import type { WatcherKind } from './watchers.ts';

export interface SuiteOptions {
  readonly ground: (plans: readonly PatientPlan[]) => Promise<Ground>;
  /** Troubles that the ground can cause; the cases of others are left out and named as skipped. */
  readonly troubles: Ground['troubles'];
  readonly watchers: WatcherKind;
  readonly namespaces: Readonly<Record<Role, string>>;
}

const SIDE_BY_SIDE = [...REMEDY_CASES, ...PEOPLE_CASES];
const REPLICAS = 2;

/** Registers the acceptance cases with node:test: one neighbourhood for all, and a workload of its own for each. */
export function acceptance(options: SuiteOptions): void {
  const isPossible = ({ trouble }: AcceptanceCase): boolean => options.troubles.has(trouble);
  const patientOf = ({
    role,
    patient,
  }: AcceptanceCase): { readonly namespace: string; readonly name: string } => ({
    namespace: options.namespaces[role],
    name: patient,
  });
  const plans = [VEILED_CASE, ...SIDE_BY_SIDE, ...SHARED_OUTAGE_CASES]
    .filter(isPossible)
    .map((one): PatientPlan => ({
      ...patientOf(one),
      replicas: REPLICAS,
      trouble: one.trouble,
      ...(one.mode === undefined ? {} : { mode: one.mode }),
    }));
  describe('a platform with Runova on it', { concurrency: 2 }, () => {
    let neighbourhood: Neighbourhood;
    before(async () => {
      neighbourhood = await startNeighbourhood({ ...options, ground: await options.ground(plans) });
    });
    after(() => neighbourhood.stop());
    const story = (one: AcceptanceCase): void => {
      const skip = isPossible(one) ? false : `this cluster cannot be given ${one.trouble}`;
      void test(one.title, { skip }, async () => {
        const { ground, servers } = neighbourhood;
        const book = new CaseBook({
          server: servers[one.role],
          ground,
          patient: patientOf(one),
          holdMs: HOLD_MS,
        });
        if (one.breaksItself !== true) await ground.break(one.trouble, book.patient);
        await one.run(book, neighbourhood);
      });
    };
    // What happens to the others makes nothing better for who cannot read Prometheus: it takes its time beside them.
    describe('behind a veil', () => story(VEILED_CASE));
    // A concurrency that is not said is that of the suite around it.
    describe('in plain sight', { concurrency: 1 }, () => {
      describe('side by side', { concurrency: SIDE_BY_SIDE.length }, () => SIDE_BY_SIDE.forEach(story));
      describe('one after another', { concurrency: 1 }, () => SHARED_OUTAGE_CASES.forEach(story));
    });
  });
}

import type { CaseBook } from './case-book.ts';
import type { PatientPlan, Trouble } from './ground.ts';
import type { Neighbourhood, Role } from './neighbourhood.ts';

/** One story: a workload of its own, what befalls it, and what must become of it. */
export interface AcceptanceCase {
  /** A sentence of behaviour. */
  readonly title: string;
  /** The server that hears of it. */
  readonly role: Role;
  /** Name of its workload. */
  readonly patient: string;
  readonly trouble: Trouble;
  readonly mode?: PatientPlan['mode'];
  /** Causes the trouble itself when `breaksItself`; else it is there when `run` begins. */
  readonly breaksItself?: true;
  readonly run: (book: CaseBook, neighbourhood: Neighbourhood) => Promise<void>;
}

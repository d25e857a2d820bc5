import { nodesToAdd, type Room } from './room.ts';

/** What the platform may cost. Money is in whole cents. */
export interface BudgetLimit {
  readonly monthlyCents: number;
  readonly currency: string;
  /** Share of it, 0 to 1, from which on it is said. */
  readonly warn: number;
  readonly exceeded: 'refuse-all' | 'refuse-costly';
  /** A month of one node by instance type; `flat` for all others. */
  readonly pricesCents: Readonly<Record<string, number>>;
}

export type Cost =
  | { readonly kind: 'known'; readonly spentCents: number; readonly addsCents: number }
  | { readonly kind: 'unknown'; readonly why: string };

function priceOf(instanceType: string, { pricesCents }: BudgetLimit): number | undefined {
  const own = Object.hasOwn(pricesCents, instanceType) ? pricesCents[instanceType] : undefined;
  return own ?? pricesCents['flat'];
}

/**
 * What a month of all nodes costs (those of the control plane are paid for too), and what a plan would add: nothing
 * where its pods fit, else the nodes that they need, at the price of the dearest that takes such pods.
 */
export function costOf(budget: BudgetLimit, room: Room, pods: number): Cost {
  const priced = room.nodes.map((node) => ({ ...node, cents: priceOf(node.instanceType, budget) }));
  const free = priced.find(({ cents }) => cents === undefined);
  if (free !== undefined)
    return {
      kind: 'unknown',
      why: `there is no price for ${free.instanceType === '' ? 'nodes without an instance type' : free.instanceType}`,
    };
  const nodes = nodesToAdd(room, pods);
  if (nodes === undefined) return { kind: 'unknown', why: 'no node is large enough for one more pod' };
  const dearest = Math.max(0, ...priced.filter(({ takes }) => takes).map(({ cents }) => cents ?? 0));
  return {
    kind: 'known',
    spentCents: priced.reduce((sum, { cents }) => sum + (cents ?? 0), 0),
    addsCents: nodes * dearest,
  };
}

const SIGNS: Readonly<Record<string, string>> = { EUR: '€', USD: '$', GBP: '£' };

/** `13.50`; the currency stands once in a line. */
export function formatCents(cents: number): string {
  return (cents / 100).toFixed(2);
}

export function currencySign(currency: string): string {
  return SIGNS[currency] ?? currency;
}

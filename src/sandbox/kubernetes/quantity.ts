/** Kubernetes quantities (`512Mi`, `250m`, `1.5Gi`) as numbers. Source: apimachinery pkg/api/resource/quantity.go. */

const FACTORS: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const SHAPE = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** The value in base units (bytes, cores, pieces), or undefined for a text that is no quantity. */
export function parseQuantity(text: unknown): number | undefined {
  if (typeof text === 'number') return text;
  const match = typeof text === 'string' ? SHAPE.exec(text) : null;
  if (match === null) return undefined;
  const factor = match[2] === undefined ? FACTORS[match[3] ?? ''] : Number(`1${match[2]}`);
  return Number(match[1]) * (factor ?? 1);
}

/** The value in base units; a missing or malformed quantity counts as 0. */
export function quantity(text: unknown): number {
  return parseQuantity(text) ?? 0;
}

/** Writes an amount of a resource the way people do: memory in Ki, Mi or Gi, cpu in millicores. */
export function formatQuantity(amount: number, resource: string): string {
  if (resource.endsWith('cpu')) {
    return Number.isInteger(amount) ? String(amount) : `${Math.round(amount * 1000)}m`;
  }
  if (!/memory|storage/.test(resource)) return String(amount);
  for (const unit of ['Gi', 'Mi', 'Ki']) {
    const factor = FACTORS[unit] ?? 1;
    if (amount >= factor && amount % factor === 0) return `${amount / factor}${unit}`;
  }
  return String(amount);
}

/** A count or a percentage of a whole (`maxSurge: 25%`), rounded the way the caller asks for. */
export function countOrShare(value: number | string, whole: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const share = /^(\d+)%$/.exec(value);
  if (share === null) return quantity(value);
  const exact = (Number(share[1]) * whole) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

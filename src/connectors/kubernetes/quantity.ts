/** Suffixes of Kubernetes quantities (apimachinery `resource.Quantity`): binary and decimal. */
const FACTORS: Readonly<Record<string, number>> = {
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

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})$/;

/** `128974848`, `129e6`, `123Mi`, `1.5Gi`, `500m` as a number; undefined for anything else. */
export function quantity(text: string | number): number | undefined {
  if (typeof text === 'number') return text;
  const match = QUANTITY.exec(text.trim());
  const factor = FACTORS[match?.[2] ?? ''];
  if (match === null || factor === undefined) return undefined;
  return Number(match[1]) * factor;
}

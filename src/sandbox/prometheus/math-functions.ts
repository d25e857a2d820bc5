const DEGREES_PER_RADIAN = 180 / Math.PI;

/** The functions of one number each. */
export const MATH_FUNCTIONS: ReadonlyMap<string, (value: number) => number> = new Map([
  ...(
    ['abs', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atanh', 'ceil', 'cos', 'cosh', 'exp', 'floor'] as const
  ).map((name) => [name, Math[name]] as const),
  ...(['log10', 'log2', 'sin', 'sinh', 'sqrt', 'tan', 'tanh'] as const).map(
    (name) => [name, Math[name]] as const,
  ),
  ['ln', Math.log],
  ['sgn', Math.sign],
  ['deg', (value) => value * DEGREES_PER_RADIAN],
  ['rad', (value) => value / DEGREES_PER_RADIAN],
]);

/** Rounds to a multiple of `unit`, halves up. */
export function roundTo(value: number, unit: number): number {
  // Multiplied by the inverse, as Prometheus does, for the same last digit.
  const inverse = 1 / unit;
  return Math.floor(value * inverse + 0.5) / inverse;
}

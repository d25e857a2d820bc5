/** A sample's value as the HTTP API prints it (`1.5`, `1e-07`, `NaN`, `+Inf`). */
export function formatSample(value: number): string {
  return special(value) ?? paddedExponent(Object.is(value, -0) ? '-0' : String(value));
}

/** A value in scientific notation, as `/api/v1/alerts` prints it (`4.2e+01`). */
export function formatScientific(value: number): string {
  return special(value) ?? paddedExponent(Object.is(value, -0) ? '-0e+0' : value.toExponential());
}

/** A value as Go's `%v` prints it, which templates and printed expressions use (`42`, `1e+06`). */
export function formatPlain(value: number): string {
  const text = special(value);
  if (text !== undefined) return text;
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const exponent = Number(value.toExponential().split('e')[1]);
  // Go's shortest %g takes an exponent below 1e-4 and from 1e6 on, however many digits there are.
  return exponent < -4 || exponent >= 6 ? paddedExponent(value.toExponential()) : String(value);
}

/** Reads a number of the text format or a PromQL literal; undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  const special_ = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text);
  if (special_ !== null) {
    if (special_[2] !== undefined) return Number.NaN;
    return special_[1] === '-' ? -Infinity : Infinity;
  }
  if (/^[+-]?0x[0-9a-f]+$/i.test(text)) {
    return text.startsWith('-') ? -Number(text.slice(1)) : Number(text.replace('+', ''));
  }
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? '+Inf' : '-Inf';
}

function paddedExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

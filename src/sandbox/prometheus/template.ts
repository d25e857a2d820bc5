import { labelRecord, type Labels } from './labels.ts';
import { formatPlain } from './number-format.ts';

/** What the template of a label or an annotation can show. */
export interface TemplateData {
  readonly labels: Labels;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly value: number;
}

type TemplateValue = string | number | Readonly<Record<string, string>>;

const ACTION = /\{\{-?\s*((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^}"`])*?)\s*-?\}\}/g;
const WORD = /"(?:[^"\\]|\\.)*"|`[^`]*`|\||[^\s|]+/g;

/**
 * Expands `{{ $labels.x }}`, `{{ $value }}`, `{{ $externalLabels.x }}` and pipelines of the humanizing functions
 * and `printf`. What fails becomes an error text, as Prometheus writes it.
 */
export function expandTemplate(template: string, data: TemplateData): string {
  try {
    return template.replace(ACTION, (_whole, action: string) => shown(pipeline(action, data)));
  } catch (error) {
    return `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`;
  }
}

/** Throws an `Error` for a template that names a function or a construct that is not known. */
export function checkTemplate(template: string): void {
  for (const [, action = ''] of template.matchAll(ACTION)) {
    for (const [head = ''] of stagesOf(action)) {
      if (!/^[$."`\d-]/.test(head) && !FUNCTIONS.has(head)) throw new Error(`function "${head}" not defined`);
    }
  }
}

function pipeline(action: string, data: TemplateData): TemplateValue {
  const stages = stagesOf(action);
  return (
    stages.reduce<TemplateValue | undefined>((piped, words) => stage(words, piped, data), undefined) ?? ''
  );
}

function stagesOf(action: string): string[][] {
  const stages: string[][] = [[]];
  for (const word of action.match(WORD) ?? []) {
    if (word === '|') stages.push([]);
    else stages.at(-1)?.push(word);
  }
  return stages;
}

function stage(
  words: readonly string[],
  piped: TemplateValue | undefined,
  data: TemplateData,
): TemplateValue {
  const [head = '', ...rest] = words;
  const compute = FUNCTIONS.get(head);
  if (compute === undefined && rest.length === 0 && piped === undefined) return operand(head, data);
  if (compute === undefined) throw new Error(`function "${head}" not defined`);
  const args = rest.map((word) => operand(word, data));
  return compute(piped === undefined ? args : [...args, piped]);
}

function operand(word: string, data: TemplateData): TemplateValue {
  if (word.startsWith('`')) return word.slice(1, -1);
  if (word.startsWith('"')) return JSON.parse(word) as string;
  if (/^-?\d+(?:\.\d+)?$/.test(word)) return Number(word);
  if (word === '$value' || word === '.Value') return data.value;
  const [root, name, ...more] = word.replace(/^\./, '$').split('.');
  const labels = { $labels: labelRecord(data.labels), $Labels: labelRecord(data.labels) }[root ?? ''];
  const record = root === '$externalLabels' || root === '$ExternalLabels' ? data.externalLabels : labels;
  if (record === undefined || more.length > 0) throw new Error(`function or variable "${word}" not defined`);
  return name === undefined ? record : Object.hasOwn(record, name) ? (record[name] ?? '') : '';
}

function shown(value: TemplateValue): string {
  if (typeof value === 'number') return formatPlain(value);
  if (typeof value === 'string') return value;
  return `map[${Object.entries(value)
    .map(([name, text]) => `${name}:${text}`)
    .join(' ')}]`;
}

const FUNCTIONS: ReadonlyMap<string, (args: readonly TemplateValue[]) => TemplateValue> = new Map([
  ['humanize', ([value]) => humanized(numberOf(value), 1000, ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'])],
  [
    'humanize1024',
    ([value]) => humanized(numberOf(value), 1024, ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']),
  ],
  ['humanizePercentage', ([value]) => `${significant(numberOf(value) * 100)}%`],
  ['humanizeDuration', ([value]) => humanizedDuration(numberOf(value))],
  ['printf', ([format, ...args]) => printed(shown(format ?? ''), args)],
  ['toUpper', ([value]) => shown(value ?? '').toUpperCase()],
  ['toLower', ([value]) => shown(value ?? '').toLowerCase()],
]);

function numberOf(value: TemplateValue | undefined): number {
  const number = Number(value);
  if (typeof value === 'object' || value === undefined || Number.isNaN(number)) {
    if (value === 'NaN' || (typeof value === 'number' && Number.isNaN(value))) return Number.NaN;
    throw new Error(`can't convert ${shown(value ?? '')} to float`);
  }
  return number;
}

/** Four significant digits, as `%.4g` prints them. */
function significant(value: number): string {
  if (!Number.isFinite(value)) return formatPlain(value);
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(4)))));
  if (exponent >= -4 && exponent < 4) return String(Number(value.toPrecision(4)));
  return Number(value.toPrecision(4))
    .toExponential()
    .replace(/e([+-])(\d)$/, 'e$10$2');
}

function humanized(value: number, base: number, prefixes: readonly string[]): string {
  if (value === 0 || !Number.isFinite(value)) return significant(value);
  if (Math.abs(value) < 1) {
    return base === 1000 ? humanizedFraction(value) : significant(value);
  }
  let scaled = value;
  let index = 0;
  for (; Math.abs(scaled) >= base && index < prefixes.length - 1; index += 1) scaled /= base;
  return significant(scaled) + (prefixes[index] ?? '');
}

function humanizedFraction(value: number): string {
  const prefixes = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
  let scaled = value;
  let index = 0;
  for (; Math.abs(scaled) < 1 && index < prefixes.length - 1; index += 1) scaled *= 1000;
  return significant(scaled) + (prefixes[index] ?? '');
}

function humanizedDuration(value: number): string {
  if (!Number.isFinite(value)) return significant(value);
  if (Math.abs(value) < 1) return value === 0 ? '0s' : `${humanizedFraction(value)}s`;
  const sign = value < 0 ? '-' : '';
  const seconds = Math.floor(Math.abs(value));
  const [d, h, m, s] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  if (d > 0) return `${sign}${d}d ${h}h ${m}m ${s}s`;
  if (h > 0) return `${sign}${h}h ${m}m ${s}s`;
  if (m > 0) return `${sign}${m}m ${s}s`;
  return `${sign}${significant(Math.abs(value))}s`;
}

function printed(format: string, args: readonly TemplateValue[]): string {
  let next = 0;
  return format.replace(
    /%(?:%|(?:\.(\d+))?([svdfgeq]))/g,
    (whole: string, digits?: string, verb?: string) => {
      if (whole === '%%') return '%';
      const value = args[next];
      next += 1;
      if (value === undefined) return `%!${verb ?? ''}(MISSING)`;
      switch (verb) {
        case 'f':
          return numberOf(value).toFixed(digits === undefined ? 6 : Number(digits));
        case 'd':
          return typeof value === 'number' ? String(Math.trunc(value)) : `%!d(string=${shown(value)})`;
        case 'g':
          return digits === undefined
            ? shown(value)
            : String(Number(numberOf(value).toPrecision(Number(digits) || 1)));
        case 'e':
          return numberOf(value)
            .toExponential(digits === undefined ? 6 : Number(digits))
            .replace(/e([+-])(\d)$/, 'e$10$2');
        case 'q':
          return JSON.stringify(shown(value));
        default:
          return shown(value);
      }
    },
  );
}

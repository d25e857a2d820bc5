interface Diagnostic {
  readonly severity: string;
  readonly code?: string;
  readonly message: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number; readonly column: number } }[];
}

/** Splits the linter's JSON into errors and notes, one line each; nothing when it is no such JSON. */
export function readLint(json: string): { errors: string[]; notes: string[] } | undefined {
  const start = json.indexOf('{');
  let report: { readonly diagnostics: readonly Diagnostic[] };
  try {
    report = JSON.parse(json.slice(Math.max(start, 0))) as typeof report;
  } catch {
    return undefined;
  }
  const lines = (isNote: boolean): string[] =>
    report.diagnostics.filter((one) => (one.severity === 'warning') === isNote).map(line);
  return { errors: lines(false), notes: lines(true) };
}

function line({ code, message, filename, labels }: Diagnostic): string {
  const span = labels[0]?.span;
  const place = span === undefined ? filename : `${filename}:${span.line}:${span.column}`;
  return `${place}: ${message}${code === undefined ? '' : ` [${code}]`}`;
}

/** What kind of answer a failed query is, in the words of the HTTP API. */
export type QueryErrorKind = 'bad_data' | 'execution' | 'internal';

/** A query that cannot be answered: not understood (`bad_data`) or failed while evaluated (`execution`). */
export class QueryError extends Error {
  readonly kind: QueryErrorKind;

  constructor(kind: QueryErrorKind, message: string) {
    super(message);
    this.name = 'QueryError';
    this.kind = kind;
  }
}

/** A parse error at a place in the query, worded as Prometheus words it. */
export function parseError(query: string, position: number, message: string): QueryError {
  const before = query.slice(0, position).split('\n');
  return new QueryError(
    'bad_data',
    `${before.length}:${(before.at(-1) ?? '').length + 1}: parse error: ${message}`,
  );
}

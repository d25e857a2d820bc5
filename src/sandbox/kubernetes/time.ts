/** Times as Kubernetes writes them. */

/** RFC 3339 in whole seconds, as in `metadata.creationTimestamp`. */
export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** RFC 3339 with microseconds, as in a Lease's `renewTime`. */
export function microTimestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace(/Z$/, '000Z');
}

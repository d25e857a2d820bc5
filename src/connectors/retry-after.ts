/** A server may ask for this much patience at most; more counts as this. */
const RETRY_AFTER_MS_MAX = 60 * 60_000;

/**
 * Reads a `Retry-After` header (RFC 9110, 10.2.3): whole seconds, or an HTTP date compared with `nowMs`.
 * @returns milliseconds from now, 0 or more; undefined where the header is missing or nonsense.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1_000, RETRY_AFTER_MS_MAX);
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) return undefined;
  return Math.min(Math.max(0, atMs - nowMs), RETRY_AFTER_MS_MAX);
}

const POLL_MS = 200;
/** How long a case waits for its event before it gives up. */
export const WITHIN_MS = 180_000;

/**
 * Asks again and again until the answer is there, and returns it. Gives up after `withinMs` with what was awaited and
 * what `state` says of how far it came.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  options: { readonly withinMs?: number; readonly state?: () => Promise<string> | string } = {},
): Promise<T> {
  const { withinMs = WITHIN_MS } = options;
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs) {
      const state = options.state === undefined ? '' : `; ${await options.state()}`;
      throw new Error(`not within ${withinMs / 1_000} s: ${what}${state}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

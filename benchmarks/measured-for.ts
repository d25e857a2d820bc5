/** Fewer say nothing, however slow the machine is. */
const COUNT_MIN = 20;
const LOOK_MS = 20;

/** Lets it run for this long, and for longer until enough has happened to be counted. */
export async function measuredFor(ms: number, count: () => number): Promise<void> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < ms || count() < COUNT_MIN) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

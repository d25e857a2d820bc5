import type { Clock } from '../ports/clock.ts';

/** The promise's end, or `late` when it has not come within the time. What it does afterwards is not looked at. */
export function within<T>(clock: Clock, limitMs: number, promise: Promise<T>): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => resolve('late'));
    promise.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

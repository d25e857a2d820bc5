import type { Log } from '../../src/ports/log.ts';

const nothing = (): void => undefined;

/** For tests that are not about what is logged. */
export const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../ports/clock.ts';
import { OpsError } from '../ports/ops-error.ts';

/** Projected service account tokens are renewed well before they expire; once a minute is what kubelet itself does. */
const REREAD_MS = 60_000;
/** Tokens, keys and CA bundles are small; anything larger is a wrong path. */
const BYTES_MAX = 1_024 * 1_024;

/** A small file whose content rotates under us (token, certificate, CA): read again once a minute. */
export class FreshFile {
  readonly path: string;
  readonly #clock: Clock;
  #content: string | undefined;
  #readAtMs = 0;

  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /**
   * The content, at most a minute old. While the file cannot be read (it is just being replaced) the last content
   * that could be is given.
   * @throws OpsError `config/invalid` if it never could.
   */
  async text(): Promise<string> {
    const nowMs = this.#clock.monotonic();
    if (this.#content !== undefined && nowMs - this.#readAtMs < REREAD_MS) return this.#content;
    try {
      this.#content = await this.#read();
      this.#readAtMs = nowMs;
      return this.#content;
    } catch (error) {
      if (this.#content !== undefined) return this.#content;
      throw new OpsError({
        code: 'config/invalid',
        retry: 'later',
        message: `The file ${this.path} cannot be read: ${error instanceof Error ? error.message : 'for no reason given'}`,
        cause: error,
      });
    }
  }

  /** Read anew next time. */
  forget(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
  }

  async #read(): Promise<string> {
    const { size } = await stat(this.path);
    if (size > BYTES_MAX)
      throw new Error(`it has ${size} bytes, more than the ${BYTES_MAX} that are expected at most`);
    return readFile(this.path, 'utf8');
  }
}

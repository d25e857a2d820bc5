import { createHash } from 'node:crypto';
import type { Playbook } from '../domain/playbook.ts';
import type { Problem } from '../yaml/problem.ts';
import type { ActionShapes } from './action-shape.ts';
import { checkPlaybooks, type LoadedPlaybooks, type PlaybookFolders } from './load-playbooks.ts';
import { readFolders } from './playbook-folder.ts';

/** The part of the Clock that is needed here: wakes once, not before `delayMs`; what it returns takes that back. */
export interface Waker {
  after(delayMs: number, wake: () => void): () => void;
}

export interface ShelfOptions extends PlaybookFolders {
  readonly actions: ActionShapes;
  readonly clock: Waker;
  /** Between two looks at the folders. Default 5 s. */
  readonly everyMs?: number;
}

export type OpenedShelf =
  | { readonly kind: 'open'; readonly shelf: PlaybookShelf; readonly warnings: readonly Problem[] }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** What changed on the shelf: a new set is in use, or the new files are bad and the last good set stays. */
export type ShelfChange =
  | {
      readonly kind: 'replaced';
      readonly playbooks: readonly Playbook[];
      readonly warnings: readonly Problem[];
    }
  | { readonly kind: 'kept'; readonly problems: readonly Problem[] };

const EVERY_MS = 5_000;

/**
 * The playbooks in use. The folders are compared by content every few seconds (file events are lost on network
 * mounts and on ConfigMaps); a set that does not check leaves the last good one in use and says so. One bad file
 * keeps the whole new set out: half of a change is a change that nobody wrote.
 */
export class PlaybookShelf {
  readonly #options: ShelfOptions;
  readonly #listeners = new Set<(change: ShelfChange) => void>();
  #playbooks: readonly Playbook[];
  #problems: readonly Problem[] = [];
  #digest: string;
  #looking: Promise<void> | undefined;
  #cancel: () => void = () => {};
  #closed = false;

  /** Loads for the first time; without a good set there is no shelf. */
  static async open(options: ShelfOptions): Promise<OpenedShelf> {
    const { loaded, digest } = await load(options);
    if (loaded.kind === 'invalid') return loaded;
    return {
      kind: 'open',
      shelf: new PlaybookShelf(options, loaded.playbooks, digest),
      warnings: loaded.warnings,
    };
  }

  private constructor(options: ShelfOptions, playbooks: readonly Playbook[], digest: string) {
    this.#options = options;
    this.#playbooks = playbooks;
    this.#digest = digest;
    this.#wait();
  }

  /** The last set that checked, by rank. */
  current(): readonly Playbook[] {
    return this.#playbooks;
  }

  /** What is wrong with the files as they are now; empty while what is in use is what is written. */
  problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Calls the listener after each change; returns how to stop that. */
  onChange(listener: (change: ShelfChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at the folders now; several callers share one look. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#listeners.clear();
  }

  #wait(): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.after(this.#options.everyMs ?? EVERY_MS, () => {
      void this.look().finally(() => this.#wait());
    });
  }

  async #look(): Promise<void> {
    const { loaded, digest } = await load(this.#options, this.#digest);
    if (this.#closed || loaded === undefined) return;
    this.#digest = digest;
    if (loaded.kind === 'invalid') {
      this.#problems = loaded.problems;
      this.#say({ kind: 'kept', problems: loaded.problems });
      return;
    }
    this.#playbooks = loaded.playbooks;
    this.#problems = [];
    this.#say({ kind: 'replaced', playbooks: loaded.playbooks, warnings: loaded.warnings });
  }

  #say(change: ShelfChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

async function load(
  options: ShelfOptions,
): Promise<{ readonly loaded: LoadedPlaybooks; readonly digest: string }>;
async function load(
  options: ShelfOptions,
  seen: string,
): Promise<{ readonly loaded: LoadedPlaybooks | undefined; readonly digest: string }>;
/** Reads the folders; checks them only when they differ from what was seen. */
async function load(
  options: ShelfOptions,
  seen?: string,
): Promise<{ readonly loaded: LoadedPlaybooks | undefined; readonly digest: string }> {
  const { sources, problems } = await readFolders(options);
  const digest = createHash('sha256')
    .update(JSON.stringify([sources, problems]))
    .digest('hex');
  if (digest === seen) return { loaded: undefined, digest };
  if (problems.length > 0) return { loaded: { kind: 'invalid', problems }, digest };
  return { loaded: checkPlaybooks(sources, options.actions), digest };
}

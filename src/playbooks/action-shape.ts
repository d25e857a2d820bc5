import type { z } from 'zod';

/** What the loader needs to know of an action: its name in a ladder and the strict schema of its `with`. */
export interface ActionShape {
  readonly name: string;
  /** Strict, with plain numbers and texts. `giveBack` is added by the loader where a change can be temporary. */
  readonly parameters: z.ZodType;
}

export type ActionShapes = Readonly<Record<string, ActionShape>>;

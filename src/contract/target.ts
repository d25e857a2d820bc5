import { z } from 'zod';

/** The object that is changed; always the owner, never a pod that it owns. */
export const target = z
  .object({ kind: z.string(), namespace: z.string(), name: z.string() })
  .meta({ id: 'Target' });

import { z } from 'zod';
import type { ActionShapes } from './action-shape.ts';
import { measureSchema } from './measure-file.ts';
import { playbookSchema } from './playbook-schema.ts';

/** The JSON Schema of a playbook file for editors. */
export function playbookJsonSchema(actions: ActionShapes): unknown {
  return z.toJSONSchema(playbookSchema(actions), { target: 'draft-7', io: 'input' });
}

/** The JSON Schema of a measure file for editors. */
export function measureJsonSchema(): unknown {
  return z.toJSONSchema(measureSchema, { target: 'draft-7', io: 'input' });
}

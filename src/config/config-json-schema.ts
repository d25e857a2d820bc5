import { z } from 'zod';
import { configSchema } from './config-schema.ts';
import { DEFAULT_BUDGET, DEFAULT_CONFIG } from './default-config.ts';

interface JsonSchema {
  required?: string[];
  default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** The JSON Schema of a configuration file for editors: as the schema, but what has a default may be left out. */
export function configJsonSchema(): unknown {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' }) as JsonSchema;
  allowDefaults(schema, { ...DEFAULT_CONFIG, budget: DEFAULT_BUDGET });
  return schema;
}

function allowDefaults(schema: JsonSchema, defaults: unknown): void {
  if (
    typeof defaults !== 'object' ||
    defaults === null ||
    Array.isArray(defaults) ||
    schema.properties === undefined
  ) {
    schema.default = defaults;
    return;
  }
  const known = defaults as Readonly<Record<string, unknown>>;
  for (const [name, property] of Object.entries(schema.properties)) {
    if (!(name in known)) continue;
    const required: readonly string[] = property.required ?? [];
    allowDefaults(property, known[name]);
    // A section stays required while one of its fields has no default.
    const complete = required.every((field) => property.required?.includes(field) !== true);
    if (complete) schema.required = (schema.required ?? []).filter((field) => field !== name);
  }
}

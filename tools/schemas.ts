// `node tools/schemas.ts`: writes the JSON Schemas of playbooks, measures, the catalogue and the configuration for editors.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS } from '../src/actions/registry.ts';
import { configJsonSchema } from '../src/config/config-json-schema.ts';
import { catalogueJsonSchema } from '../src/playbooks/catalogue-schema.ts';
import { measureJsonSchema, playbookJsonSchema } from '../src/playbooks/playbook-json-schema.ts';

export const SCHEMA_FOLDER = join(import.meta.dirname, '..', 'schemas');

/** File names and what is to be in them. */
export function schemaFiles(): Readonly<Record<string, string>> {
  return {
    'playbook.json': textOf(playbookJsonSchema(ACTIONS)),
    'measure.json': textOf(measureJsonSchema()),
    'catalogue.json': textOf(catalogueJsonSchema()),
    'config.json': textOf(configJsonSchema()),
  };
}

function textOf(schema: unknown): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync(SCHEMA_FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(schemaFiles())) writeFileSync(join(SCHEMA_FOLDER, name), text);
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SCHEMA_FOLDER, schemaFiles } from './schemas.ts';

describe('the schemas for editors', () => {
  for (const [name, text] of Object.entries(schemaFiles())) {
    test(`${name} is what the program checks (else: node tools/schemas.ts)`, () => {
      assert.deepEqual(JSON.parse(readFileSync(join(SCHEMA_FOLDER, name), 'utf8')), JSON.parse(text));
    });
  }

  test('a configuration needs nothing but the two addresses', () => {
    const schema = JSON.parse(schemaFiles()['config.json'] ?? '') as {
      required: string[];
      properties: { cluster: { required: string[] } };
    };
    assert.deepEqual(schema.required, ['cluster']);
    assert.deepEqual(schema.properties.cluster.required, ['alerts', 'metrics']);
  });
});

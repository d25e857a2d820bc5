import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Config } from './config.ts';
import { readConfig } from './load-config.ts';
import { unusedSettings, unusedWarnings } from './unused-settings.ts';

const SMALLEST = `cluster:
  alerts: { url: http://alertmanager.monitoring:9093 }
  metrics: { url: http://prometheus.monitoring:9090/ }
`;

function load(text: string): Config {
  const loaded = readConfig({ file: '/etc/runova/runova.yaml', text });
  assert.ok(loaded.kind === 'loaded', JSON.stringify(loaded));
  return loaded.config;
}

describe('a setting without effect', () => {
  test('is named with its line when the file writes it', () => {
    const config = load(
      `${SMALLEST}maintenance:\n  daily: "06:00"\ntell:\n  through: nobody\n  morning: "07:30"\n`,
    );
    assert.deepEqual(unusedWarnings(config), [
      'runova.yaml:8: tell.morning is checked, but this version does nothing with it',
      'runova.yaml:4: maintenance is checked, but this version does nothing with it',
    ]);
  });

  test('is not named for its default', () => {
    assert.deepEqual(unusedSettings(load(SMALLEST)), []);
  });

  test('is in the table of the documentation, each of them', async () => {
    const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
    const complete = /## A complete one\n\n```yaml\n([^]*?)```/.exec(page)?.[1] ?? '';
    const section = /## What has no effect yet\n([^]*?)\n## /.exec(page)?.[1] ?? '';
    const listed = [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? '');
    // The complete example writes every section, so that all of them must come out here.
    assert.deepEqual([...unusedSettings(load(complete))].toSorted(), listed.toSorted());
  });
});

test('people are told through Alertmanager unless the file says nobody', () => {
  assert.equal(load(SMALLEST).settings.tell, 'alertmanager');
  assert.equal(load(`${SMALLEST}tell: { through: nobody }\n`).settings.tell, 'nobody');
});

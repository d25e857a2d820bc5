import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mendLock, readLock } from './lock.ts';

const GOOD = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/a-linux': { version: '1.0.0' } };

function lockOf(packages: Record<string, unknown>): string {
  return `${JSON.stringify({ lockfileVersion: 3, packages }, undefined, 2)}\n`;
}

describe('the lock file', () => {
  test('is good when it names no host and holds what its entries want', () => {
    assert.deepEqual(readLock(lockOf(GOOD)), []);
  });

  test('is refused when an entry names a host', () => {
    const text = lockOf({
      'node_modules/a': { version: '1.0.0', resolved: 'https://packages.example/a.tgz' },
    });
    assert.equal(readLock(text).length, 1);
    assert.deepEqual(readLock(mendLock(text)), []);
  });

  test('is refused when an entry wants an optional package that is not locked', () => {
    const wants = { version: '1.0.0', optionalDependencies: { 'a-linux': '1.0.0', 'a-darwin': '1.0.0' } };
    const text = lockOf({ ...GOOD, 'node_modules/a': wants });
    assert.deepEqual(readLock(text).length, 1);
    assert.match(readLock(text)[0] ?? '', /wants a-darwin/);
    assert.deepEqual(readLock(mendLock(text)), []);
    assert.match(mendLock(text), /"a-linux": "1\.0\.0"\n/);
  });

  test('finds an optional package that lies below the one that wants it', () => {
    const wants = { version: '1.0.0', optionalDependencies: { deep: '1.0.0' } };
    assert.deepEqual(
      readLock(lockOf({ 'node_modules/a': wants, 'node_modules/a/node_modules/deep': {} })),
      [],
    );
  });
});

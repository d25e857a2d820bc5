import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSet } from './alert.ts';
import { fingerprint } from './fingerprint.ts';

test('a fingerprint is the one that Alertmanager gives to the same labels, in whatever order they came', () => {
  // Labels and fingerprint of a message that Alertmanager 0.25 sent.
  const labels = labelSet({
    t: 'd',
    severity: 'critical',
    instance: 'i1',
    cluster: 'c1',
    alertname: 'GroupA',
  });
  assert.equal(fingerprint(labels), '81fb1270249dfa2f');
});

test('labels that only differ in where one ends and the next begins have different fingerprints', () => {
  assert.notEqual(fingerprint(labelSet({ ab: 'c' })), fingerprint(labelSet({ a: 'bc' })));
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasTerm, termAt, wordsOf } from './words.ts';

describe('words of a name', () => {
  const cases: readonly (readonly [text: string, term: string, found: boolean])[] = [
    ['KubePodCrashLooping', 'crash-loop*', true],
    ['PodCrashloopBackOff', 'crash-loop*', true],
    ['kube_pod_crash_looping', 'crash-loop*', true],
    ['RedisDown', 'down', true],
    ['EnvoyDownstreamErrors', 'down', false],
    ['CNPGClusterHACritical', 'cnpg*', true],
    ['CNPGClusterHACritical', 'ha', true],
    ['PostgreSQLDown', 'postgresql*', true],
    ['etcdNoLeader', 'no-leader', true],
    ['Under-replicated partitions', 'under-replicated*', true],
    ['CertManagerCertExpirySoon', 'cert* expir*', true],
    ['CertManagerCertNotReady', 'cert* expir*', false],
    ['Category', 'cat', false],
    ['HaproxyHasHigh4xxErrorRate', '4xx*', true],
    ['', 'down', false],
    ['RedisDown', '***', false],
  ];
  for (const [text, term, found] of cases) {
    test(`${text} ${found ? 'has' : 'has not'} ${term}`, () =>
      assert.equal(hasTerm(wordsOf(text), term), found));
  }

  test('a term stands where its first word stands', () => {
    assert.equal(termAt(wordsOf('MimirIngesterKafkaErrors'), 'kafka*'), 13);
    assert.equal(termAt(wordsOf('MimirIngesterKafkaErrors'), 'kafka* redis*'), -1);
  });

  test('a very long name is cut instead of searched', () => {
    assert.equal(hasTerm(wordsOf(`${'a'.repeat(1_000_000)}Down`), 'down'), false);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MINUTE, NOW, pod } from '../../tests/mutants/samples.ts';
import { isCrashing } from './diagnosis.ts';
import type { PodContainer } from './workload.ts';

describe('a pod that crashes', () => {
  const crashes = (container: Partial<PodContainer>): boolean =>
    isCrashing(
      pod('checkout-2-a', { containers: [{ name: 'app', ready: true, restarts: 2, ...container }] }),
      NOW,
    );
  const exit = (code: number, agoMs: number): Pick<PodContainer, 'lastExit'> => ({
    lastExit: { reason: code === 0 ? 'Completed' : 'Error', code, finishedAtMs: NOW - agoMs },
  });

  test('waits for its next start', () => {
    assert.equal(crashes({ waiting: 'CrashLoopBackOff' }), true);
    assert.equal(crashes({ waiting: 'ContainerCreating', restarts: 0 }), false);
  });

  test('or runs between two crashes, even where it is ready meanwhile', () => {
    assert.equal(crashes(exit(1, MINUTE)), true);
    assert.equal(crashes({ ...exit(137, MINUTE), ready: false }), true);
  });

  test('but not after one crash, after an end in order, or once the kubelet has forgotten it', () => {
    assert.equal(crashes({ ...exit(1, MINUTE), restarts: 1 }), false);
    assert.equal(crashes(exit(0, MINUTE)), false);
    assert.equal(crashes(exit(1, 10 * MINUTE)), false);
    assert.equal(crashes({}), false);
  });
});

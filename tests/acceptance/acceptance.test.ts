import { test } from 'node:test';
import { findProgram, needs } from '../neighbours/needs.ts';
import { SANDBOX_TROUBLES, startSandboxGround } from './sandbox-ground.ts';
import { acceptance } from './suite.ts';

const isReal =
  findProgram('prometheus') !== undefined && findProgram('prometheus-alertmanager') !== undefined;

// Where they are missing, the cases run with the stand-ins all the same; that it is so is seen here.
test('the cases run with the real Prometheus and Alertmanager', (t) => {
  if (needs(t, 'prometheus')) needs(t, 'prometheus-alertmanager');
});

acceptance({
  ground: startSandboxGround,
  troubles: SANDBOX_TROUBLES,
  watchers: isReal ? 'real' : 'stand-ins',
  namespaces: { acting: 'shop', blinded: 'archive', observing: 'lobby' },
});

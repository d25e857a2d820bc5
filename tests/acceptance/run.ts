// `npm run acceptance -- --kubeconfig FILE [--context NAME] [--image IMAGE] [--stand-ins]`: the acceptance cases against
// a cluster, in namespaces that are made for it and deleted after it; without --kubeconfig against the sandbox.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { findProgram } from '../neighbours/needs.ts';
import { CLUSTER_TROUBLES, startClusterGround } from './cluster-ground.ts';
import { SANDBOX_TROUBLES, startSandboxGround } from './sandbox-ground.ts';
import { acceptance } from './suite.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    image: { type: 'string', default: 'busybox:1.36' },
    'stand-ins': { type: 'boolean', default: false },
  },
});
const { kubeconfig, context, image } = values;
const isReal =
  !values['stand-ins'] &&
  findProgram('prometheus') !== undefined &&
  findProgram('prometheus-alertmanager') !== undefined;
const watchers = isReal ? 'real' : 'stand-ins';
process.stdout.write(
  `${kubeconfig === undefined ? 'The sandbox' : `The cluster of ${kubeconfig}`}, watched by ${isReal ? 'the real Prometheus and Alertmanager' : 'the stand-ins of Prometheus and Alertmanager'}\n`,
);

if (kubeconfig === undefined) {
  acceptance({
    ground: startSandboxGround,
    troubles: SANDBOX_TROUBLES,
    watchers,
    namespaces: { acting: 'shop', blinded: 'archive', observing: 'lobby' },
  });
} else {
  const prefix = `runova-acceptance-${randomBytes(3).toString('hex')}`;
  const cluster = { kubeconfig, image, ...(context === undefined ? {} : { context }) };
  acceptance({
    ground: (plans) => startClusterGround(cluster, plans),
    troubles: CLUSTER_TROUBLES,
    watchers,
    namespaces: {
      acting: `${prefix}-acting`,
      blinded: `${prefix}-blinded`,
      observing: `${prefix}-observing`,
    },
  });
}

/** The sandbox, assembled: a platform behind HTTP on the loopback. */

import { stringify } from 'yaml';
import type { Clock } from '../ports/clock.ts';
import { startControlServer } from './control-server.ts';
import type { ExporterJob } from './exporter/exporter.ts';
import type { ActiveFault, FaultOptions } from './faults.ts';
import type { ApiUser } from './kubernetes/access.ts';
import { startApiServer } from './kubernetes/api-server.ts';
import type { KubernetesApi } from './kubernetes/kubernetes-api.ts';
import type { Ledger } from './kubernetes/ledger.ts';
import { selfSignedCertificate } from './kubernetes/self-signed-certificate.ts';
import type { ServerCertificate } from './kubernetes/self-signed-certificate.ts';
import { QUICK_TIMING, REAL_TIMING } from './kubernetes/timing.ts';
import { listenOnLoopback } from './loopback-server.ts';
import type { LoopbackServer } from './loopback-server.ts';
import { createPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { SystemClock } from './system-clock.ts';
import { buildDemoWorld, isSettled } from './world.ts';

export interface SandboxOptions {
  clock?: Clock;
  /** `quick` (the default) cuts every delay short for the demo and for tests; `real` takes as long as a cluster. */
  pace?: 'quick' | 'real';
  seed?: number;
  users?: readonly ApiUser[];
  /** Fills the platform; the demo's world by default. */
  world?: (platform: Platform) => void;
  /** Serves the Kubernetes API over HTTPS, as kubectl needs it to send a token; the kubeconfig carries the certificate. */
  tls?: boolean;
  /** Ports to listen on; 0 or none takes a free one. */
  ports?: { kubernetes?: number; metrics?: number; control?: number };
}

export interface Sandbox {
  kubernetesUrl: string;
  /** The exporters: `/metrics` for all, `/metrics/<job>` for one of kube-state-metrics, cadvisor, applications. */
  metricsUrl: string;
  controlUrl: string;
  platform: Platform;
  api: KubernetesApi;
  ledger: Ledger;
  /** A kubeconfig, as YAML, for one of the users. */
  kubeconfig(user: string): string;
  token(user: string): string;
  break(fault: string, target: string, options?: FaultOptions): ActiveFault;
  heal(fault?: string, target?: string): ActiveFault[];
  faults(): ActiveFault[];
  /** Resolves when every workload has all its pods ready. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const QUICK_MEMORY_SETTLES_MS = 400;

/** Starts a sandbox; resolves when it listens and its world stands. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { clock = new SystemClock(), pace = 'quick', ports = {}, world = buildDemoWorld } = options;
  const platform = createPlatform({
    clock,
    timing: pace === 'quick' ? QUICK_TIMING : REAL_TIMING,
    ...(pace === 'quick' ? { memorySettlesMs: QUICK_MEMORY_SETTLES_MS } : {}),
    ...(options.users === undefined ? {} : { users: options.users }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  world(platform);
  const certificate = options.tls === true ? selfSignedCertificate(Date.now()) : undefined;
  const kubernetes = await startApiServer(platform.api, platform.wire, {
    port: ports.kubernetes ?? 0,
    ...(certificate === undefined ? {} : { certificate }),
  });
  const metrics = await startMetricsServer(platform, ports.metrics ?? 0);
  const control = await startControlServer(platform, { port: ports.control ?? 0 });
  const sandbox = assembled(platform, { kubernetes, metrics, control }, certificate);
  await sandbox.settled();
  return sandbox;
}

function assembled(
  platform: Platform,
  servers: Record<'kubernetes' | 'metrics' | 'control', LoopbackServer>,
  certificate: ServerCertificate | undefined,
): Sandbox {
  const { api, faults } = platform;
  const token = (user: string): string => {
    const known = api.access.named(user);
    if (known === undefined) throw new Error(`no user "${user}"`);
    return known.token;
  };
  return {
    kubernetesUrl: servers.kubernetes.url,
    metricsUrl: `${servers.metrics.url}/metrics`,
    controlUrl: servers.control.url,
    platform,
    api,
    ledger: api.ledger,
    token,
    kubeconfig: (user) => kubeconfigOf(servers.kubernetes.url, user, token(user), certificate),
    break: (fault, target, options) => faults.break(fault, target, options),
    heal: (fault, target) => faults.heal(fault, target),
    faults: () => faults.active(),
    settled: () => whenSettled(platform),
    stop: async () => {
      platform.stop();
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}

function startMetricsServer(platform: Platform, port: number): Promise<LoopbackServer> {
  return listenOnLoopback(
    (incoming, outgoing) => {
      const job = /^\/metrics(?:\/(kube-state-metrics|cadvisor|applications))?$/.exec(incoming.url ?? '');
      const status = job === null ? 404 : 200;
      outgoing.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      outgoing.end(job === null ? 'not found\n' : platform.metrics(job[1] as ExporterJob | undefined));
    },
    { port },
  );
}

function kubeconfigOf(
  server: string,
  user: string,
  token: string,
  certificate: ServerCertificate | undefined,
): string {
  // Without TLS the official client wants to hear that nothing is verified.
  const trust =
    certificate === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(certificate.cert).toString('base64') };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server, ...trust } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user, namespace: 'default' } }],
    'current-context': 'sandbox',
  });
}

function whenSettled(platform: Platform): Promise<void> {
  return new Promise((resolve) => {
    if (isSettled(platform)) return resolve();
    const stop = platform.api.store.subscribe(() => {
      if (!isSettled(platform)) return;
      stop();
      resolve();
    });
  });
}

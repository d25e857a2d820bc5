import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL_PORT, startDemoPlatform } from './demo-platform.ts';

export interface SandboxOptions {
  /** `start`, `break`, `heal` or `faults`. */
  readonly what: string;
  readonly fault: string | undefined;
  readonly target: string | undefined;
  /** Control URL of a sandbox that runs, as it printed it. */
  readonly control: string | undefined;
  readonly signal: AbortSignal;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

const WEBHOOK_URL = 'http://127.0.0.1:8080/webhooks/alertmanager';

async function start({ signal, out }: SandboxOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'runova-sandbox-'));
  const platform = await startDemoPlatform(WEBHOOK_URL, CONTROL_PORT);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, platform.sandbox.kubeconfig('admin'), { mode: 0o600 });
  out(`Kubernetes     kubectl --kubeconfig ${kubeconfig} get pods -A`);
  out(`Prometheus     ${platform.prometheus.url}`);
  out(`Alertmanager   ${platform.alertmanager.url}   (webhooks go to ${WEBHOOK_URL})`);
  out(`faults         runova sandbox faults`);
  out('Ctrl-C ends it.');
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  await platform.stop();
  return 0;
}

/** Says something to the sandbox that runs; 3 when none does. */
async function tell(options: SandboxOptions, method: string, path: string, body?: unknown): Promise<number> {
  const control = options.control ?? `http://127.0.0.1:${CONTROL_PORT}`;
  let answer: Response;
  try {
    answer = await fetch(`${control}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  } catch {
    options.err(`error: no sandbox answers at ${control}`);
    options.err('hint: start one with "runova sandbox" or "npm start"');
    return 3;
  }
  const text = await answer.text();
  (answer.ok ? options.out : options.err)(shown(text));
  return answer.ok ? 0 : 2;
}

function shown(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text.trim();
  }
}

/** A platform in a box, alone; or a word to one that runs. The exit code. */
export function runSandbox(options: SandboxOptions): Promise<number> {
  const { what, fault, target } = options;
  switch (what) {
    case 'start':
      return start(options);
    case 'faults':
      return tell(options, 'GET', '/faults');
    case 'break':
      return tell(options, 'POST', '/break', { fault, target: target ?? '' });
    case 'heal':
      return tell(options, 'POST', '/heal', {
        ...(fault === undefined ? {} : { fault }),
        ...(target === undefined ? {} : { target }),
      });
    default:
      options.err(`error: there is no "sandbox ${what}"; there are: start, break, heal, faults`);
      return Promise.resolve(2);
  }
}

// `npm run bench [-- --json] [-- --smoke] [-- --profile FOLDER] [-- PART …]`: what Runova does a second, beside what the machine could do
// at all. docs/benchmarks.md says what each number means.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBundle } from './bundle.ts';
import { PROFILE_FOLDER } from './child.ts';
import { measureCrowd } from './crowding.ts';
import { measureLoops } from './looping.ts';
import { jsonOf, tableOf } from './metric.ts';
import type { Metric } from './metric.ts';
import { measureFirstCall, measureHttpLoops } from './outside.ts';
import { measureProving } from './proving.ts';
import { measureReceiving } from './receiving.ts';
import { FULL, SMOKE } from './scale.ts';
import type { Scale } from './scale.ts';

type Part = (scale: Scale, folder: string) => Promise<readonly Metric[]>;

const PARTS: Readonly<Record<string, Part>> = {
  receiving: measureReceiving,
  loops: measureLoops,
  'first-call': measureFirstCall,
  'http-loops': measureHttpLoops,
  proving: measureProving,
  crowd: measureCrowd,
  bundle: measureBundle,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
if (values.profile !== undefined) process.env[PROFILE_FOLDER] = resolve(values.profile);
const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) {
  process.stderr.write(`no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}\n`);
  process.exit(2);
}

const metrics: Metric[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const folder = await mkdtemp(join(tmpdir(), 'runova-bench-'));
  try {
    metrics.push(...(await part(values.smoke ? SMOKE : FULL, folder)));
  } catch (error) {
    // The other parts still say something; the exit code says that one does not.
    process.stderr.write(
      `${name} could not be measured: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
process.stdout.write(values.json ? jsonOf(metrics) : tableOf(metrics));

// `sim-kill.ts SHAPE SEEDS`: exits 1 at the first seed under which a promise is broken, 0 when none is.
import { shippedPlaybooks, simulate } from '../simulation/simulation.ts';
import { SHAPES } from './shapes.ts';

const [name = 'any', count = '10'] = process.argv.slice(2);
const shape = SHAPES[name];
if (shape === undefined) throw new Error(`no shape ${name}`);
const playbooks = await shippedPlaybooks();
for (let seed = 1; seed <= Number(count); seed += 1) {
  const { violation } = await simulate({ seed: `${name} ${seed}`, playbooks, shape });
  if (violation === undefined) continue;
  process.stdout.write(`seed "${name} ${seed}": ${violation.message}\n`);
  process.exitCode = 1;
  break;
}

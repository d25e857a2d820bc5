// A process that opens the store named by its argument, takes one alert, claims it, says so, and stays until it is killed.
import { once } from 'node:events';
import { openSqliteStore } from '../../../src/stores/sqlite/open-sqlite-store.ts';
import { SILENT } from '../../fakes/silent-log.ts';
import { VirtualClock } from '../../fakes/virtual-clock.ts';
import { firing } from './samples.ts';

const store = openSqliteStore({ path: process.argv[2] ?? '', clock: new VirtualClock(), log: SILENT });
await store.receive([firing()]);
await store.claimDue('plan', 1);
process.stdout.write('ready\n');
process.stdin.resume();
await once(process.stdin, 'end');

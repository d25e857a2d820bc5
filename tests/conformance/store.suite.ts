import { describe } from 'node:test';
import { ledgerConforms } from './store/ledger.suite.ts';
import { limitsConform } from './store/limits.suite.ts';
import { propertiesHold } from './store/properties.suite.ts';
import { queueConforms } from './store/queue.suite.ts';
import { readingConforms } from './store/reading.suite.ts';
import { receivingConforms } from './store/receiving.suite.ts';
import type { OpenBench } from './store/samples.ts';

/** Everything that holds for every store. `open` gives a new, empty one for each test. */
export function storeConforms(name: string, open: OpenBench): void {
  describe(`${name} keeps the promises of the store`, () => {
    receivingConforms(open);
    queueConforms(open);
    limitsConform(open);
    ledgerConforms(open);
    readingConforms(open);
    propertiesHold(open);
  });
}

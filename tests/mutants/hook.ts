// Loaded before anything else (`node --import`): one file of the program is read with its mutation.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const file = process.env['MUTANT_FILE'];
const source = process.env['MUTANT_SOURCE'];
if (file !== undefined && source !== undefined) {
  registerHooks({
    load: (url, context, next) => {
      if (!url.startsWith('file:') || fileURLToPath(url) !== file) return next(url, context);
      return { format: 'module-typescript', source: readFileSync(source, 'utf8'), shortCircuit: true };
    },
  });
}

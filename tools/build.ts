// `npm run build`: the whole program as dist/runova.mjs, with its parts and the files it reads beside it.
// Node refuses to strip types below node_modules, so what is installed as a package has to be JavaScript.
import { chmod, cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
/** What the program reads at run time: where it stands in the source tree, and where beside the bundle. */
const READ_AT_RUN_TIME: Readonly<Record<string, string>> = {
  playbooks: 'playbooks',
  measures: 'measures',
  schemas: 'schemas',
  catalogue: 'catalogue',
  'src/stores/migrations': 'migrations',
};

/**
 * Bundled packages are often CommonJS and call `require` for Node's own modules: the bundle gets one. The compile
 * cache has to be on before the program itself is loaded, hence a small file that starts the big one.
 */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
const START = `#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
enableCompileCache();
await import('./program.mjs');
`;

await rm(dist, { recursive: true, force: true });
await mkdir(dist);
await build({
  absWorkingDir: root,
  entryPoints: [
    { in: 'src/main.ts', out: 'program' },
    // Started as a thread of its own, by this name.
    { in: 'src/server/webhook/body-worker.ts', out: 'body-worker' },
  ],
  outdir: 'dist',
  // What a command does not need (the sandbox, for one) is a file of its own, and never loaded. All of them lie beside
  // each other, because some look for their neighbours.
  splitting: true,
  chunkNames: '[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  banner: { js: REQUIRE },
  // Optional peers are loaded only where they are configured, from where the user installed them.
  external: ['pg-native', 'bufferutil', 'utf-8-validate', 'pino-pretty'],
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'error',
});
await writeFile(join(dist, 'runova.mjs'), START);
await chmod(join(dist, 'runova.mjs'), 0o755);
for (const [from, to] of Object.entries(READ_AT_RUN_TIME)) {
  await cp(join(root, from), join(dist, to), { recursive: true });
}
const modules = (await readdir(dist)).filter((name) => name.endsWith('.mjs'));
const sizes = await Promise.all(modules.map(async (name) => (await stat(join(dist, name))).size));
const total = sizes.reduce((sum, size) => sum + size, 0);
process.stdout.write(`dist/runova.mjs: ${(total / 1e6).toFixed(1)} MB in ${modules.length} files\n`);

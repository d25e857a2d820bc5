// Runs before every script that needs the packages (`prestart`, `pretest`, ...), under whatever Node the
// newcomer has (20 or later) and with no packages there yet: plain JavaScript, Node's own modules alone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.runova-set-up');

if (!isInStep()) {
  const again = existsSync(modules) ? ' again, because the lock file has changed' : ', once';
  say(`Setting up: fetching the packages and Node 26 (about 150 MB, 450 MB on disk)${again}.`);
  install();
  writeFileSync(stampFile, stamp());
}

/** What was installed, in one line: the lock file and the platform that it was resolved for. */
function stamp() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${lock} ${process.platform} ${process.arch}\n`;
}

/** True when node_modules holds what the lock file says, whoever installed it. */
function isInStep() {
  if (!existsSync(modules)) return false;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp()) return hasNode();
  if (!hasLockedVersions() || !hasNode()) return false;
  writeFileSync(stampFile, stamp());
  return true;
}

/** Compares npm's own note of what it installed with the lock file; optional packages may be absent. */
function hasLockedVersions() {
  const notes = join(modules, '.package-lock.json');
  if (!existsSync(notes)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(notes, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || (found[path] ? found[path].version === entry.version : entry.optional === true),
  );
}

/** The runtime of the project comes as a package; on Node 24 or later the newcomer's own will do. */
function hasNode() {
  const node = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (!existsSync(node)) return Number(process.versions.node.split('.')[0]) >= 24;
  return spawnSync(node, ['--version'], { shell: process.platform === 'win32' }).status === 0;
}

function install() {
  let last = npm(['ci']);
  // A lock file that was made where some platforms' packages could not be had is refused by `ci`, not by this.
  if (last.status !== 0) last = npm(['install', '--no-save']);
  // The package's own install script fetches the runtime; a machine that forbids such scripts is asked for one.
  if (last.status === 0 && !hasNode()) npm(['rebuild', 'node', '--ignore-scripts=false']);
  if (last.status === 0 && hasNode()) return;
  say(last.stderr.replaceAll(/^npm warn.*\n/gm, '').trim());
  say('error: the packages could not be installed: see above, or run `npm ci` yourself.');
  process.exit(1);
}

function npm(args) {
  // npm tells its children which npm it is; a plain `npm` on the path is the fallback.
  const cli = process.env.npm_execpath;
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 };
  if (cli?.endsWith('.js')) return spawnSync(process.execPath, [cli, ...args, ...quiet], options);
  return spawnSync('npm', [...args, ...quiet], { ...options, shell: process.platform === 'win32' });
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

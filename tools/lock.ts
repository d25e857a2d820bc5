interface Entry {
  readonly resolved?: string;
  readonly optionalDependencies?: Record<string, string>;
  readonly [key: string]: unknown;
}

interface Lock {
  readonly packages: Record<string, Entry>;
}

/**
 * What is wrong with the lock file, a line each. It names no host, so that everyone's own registry is asked; and it
 * holds every optional package that its entries name, because `npm ci` refuses a lock file that does not.
 */
export function readLock(text: string): string[] {
  const lock = parse(text);
  return Object.entries(lock.packages).flatMap(([path, entry]) => [
    ...(entry.resolved === undefined
      ? []
      : [`package-lock.json: ${path} names a host; run \`npm run check -- --fix\``]),
    ...missingOptionals(lock, path, entry).map(
      (name) =>
        `package-lock.json: ${path} wants ${name}, which is not locked; run \`npm run check -- --fix\``,
    ),
  ]);
}

/** The same lock file without hosts and without optional packages that it does not hold. */
export function mendLock(text: string): string {
  const lock = parse(text);
  const entries = Object.entries(lock.packages).map(
    ([path, entry]) => [path, mendEntry(lock, path, entry)] as const,
  );
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, undefined, 2)}\n`;
}

function mendEntry(lock: Lock, path: string, entry: Entry): Entry {
  const { resolved: _, ...rest } = entry;
  if (entry.optionalDependencies === undefined) return rest;
  const missing = new Set(missingOptionals(lock, path, entry));
  const kept = Object.entries(entry.optionalDependencies).filter(([name]) => !missing.has(name));
  return { ...rest, optionalDependencies: Object.fromEntries(kept) };
}

function missingOptionals(lock: Lock, path: string, entry: Entry): string[] {
  const names = Object.keys(entry.optionalDependencies ?? {});
  return names.filter((name) => homes(path, name).every((home) => lock.packages[home] === undefined));
}

/** Where Node would look for a package, from the folder of the one that wants it up to the top. */
function homes(path: string, name: string): string[] {
  const parts = path.split('/node_modules/');
  const nested = parts.map(
    (_, index) => `${parts.slice(0, parts.length - index).join('/node_modules/')}/node_modules/${name}`,
  );
  return [...nested, `node_modules/${name}`];
}

function parse(text: string): Lock {
  return JSON.parse(text) as Lock;
}

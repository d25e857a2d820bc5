import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder that holds the shipped `playbooks/` and `measures/`: beside the bundle, or at the root of the sources.
 */
export function shippedFolder(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (
      existsSync(join(folder, 'playbooks', 'high-memory-usage.yaml')) &&
      existsSync(join(folder, 'measures'))
    )
      return folder;
    if (dirname(folder) === folder)
      throw new Error(`the shipped playbooks are missing: no playbooks/ and measures/ above ${from}`);
  }
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export interface Migration {
  readonly version: number;
  /** `0001-first` */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, in hexadecimal digits: an applied file may never be edited. */
  readonly checksum: string;
}

const FOLDER = new URL('./migrations/', import.meta.url);
const FILE = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** Every migration file that this build knows, in order. They only ever go forward. */
export function knownMigrations(): readonly Migration[] {
  return readdirSync(FOLDER)
    .toSorted()
    .flatMap((file) => {
      const version = FILE.exec(file)?.[1];
      if (version === undefined) return [];
      const sql = readFileSync(new URL(file, FOLDER), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return [{ version: Number(version), name: file.slice(0, -'.sql'.length), sql, checksum }];
    });
}

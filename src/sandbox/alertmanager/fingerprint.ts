import type { LabelSet } from './alert.ts';

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;
const SEPARATOR = 0xff;

/** The fingerprint of a label set, 16 hex digits: FNV-1a 64 over name, 0xFF, value, 0xFF of the sorted labels. */
export function fingerprint(labels: LabelSet): string {
  let hash = OFFSET;
  const mix = (byte: number): void => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  };
  for (const [name, value] of [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    for (const text of [name, value]) {
      for (const byte of Buffer.from(text)) mix(byte);
      mix(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}

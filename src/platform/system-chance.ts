import { randomFillSync } from 'node:crypto';
import type { Chance } from '../ports/chance.ts';

/** Real chance. */
export class SystemChance implements Chance {
  random(): number {
    return Math.random();
  }

  /** RFC 9562, 5.7: 48 bits of time, then version and variant around 74 bits of chance. */
  uuid(nowMs: number): string {
    const bytes = randomFillSync(Buffer.allocUnsafe(16));
    bytes.writeUIntBE(Math.max(0, Math.trunc(nowMs)) % 2 ** 48, 0, 6);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = bytes.toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }
}

/** A certificate for 127.0.0.1 and localhost, made anew for each sandbox. kubectl sends tokens over TLS only. */

import { generateKeyPairSync, sign } from 'node:crypto';

export interface ServerCertificate {
  /** PEM. */
  key: string;
  /** PEM; it is its own authority. */
  cert: string;
}

const ECDSA_WITH_SHA256 = sequence(bytes('06082a8648ce3d040302'));
const YEAR_MS = 365 * 86_400_000;

/** Makes a key and a certificate (RFC 5280) that holds from a day before `nowMs` for a year. */
export function selfSignedCertificate(nowMs: number): ServerCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(element(0x31, sequence(bytes('0603550403'), element(0x0c, Buffer.from('sandbox')))));
  const validity = sequence(utcTime(nowMs - 86_400_000), utcTime(nowMs + YEAR_MS));
  const version = element(0xa0, bytes('020102'));
  const serial = element(0x02, Buffer.from(String(nowMs)));
  const extensions = element(0xa3, sequence(alternativeNames(), isAuthority()));
  const content = sequence(
    version,
    serial,
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  );
  const signature = element(0x03, Buffer.concat([bytes('00'), sign('sha256', content, privateKey)]));
  const certificate = sequence(content, ECDSA_WITH_SHA256, signature);
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: pem(certificate) };
}

function alternativeNames(): Buffer {
  const names = sequence(element(0x82, Buffer.from('localhost')), element(0x87, Buffer.from([127, 0, 0, 1])));
  return sequence(bytes('0603551d11'), element(0x04, names));
}

function isAuthority(): Buffer {
  return sequence(bytes('0603551d13'), bytes('0101ff'), element(0x04, sequence(bytes('0101ff'))));
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

/** One DER element: tag, length, content. */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function utcTime(atMs: number): Buffer {
  return element(0x17, Buffer.from(`${new Date(atMs).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

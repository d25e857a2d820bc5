/**
 * The one request that kubectl sends as protobuf: `auth can-i`. Only the fields of a SelfSubjectAccessReview are read.
 * Source: kubernetes.io "API Concepts", Kubernetes Protobuf encoding; k8s.io/api/authorization/v1/generated.proto.
 */

import type { Fields } from './objects.ts';

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const RESOURCE_ATTRIBUTES = ['', 'namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'];

/** The review as JSON would carry it, or undefined when the bytes are something else. */
export function readProtobufReview(body: Buffer): Fields | undefined {
  if (!body.subarray(0, 4).equals(MAGIC)) return undefined;
  const envelope = messageFields(body.subarray(4));
  const kind = text(messageFields(envelope.get(1)).get(2));
  if (kind !== 'SelfSubjectAccessReview') return undefined;
  const spec = messageFields(messageFields(envelope.get(2)).get(2));
  const attributes = messageFields(spec.get(1));
  const named = [...attributes].flatMap(([number, value]) => {
    const name = RESOURCE_ATTRIBUTES[number];
    return name === undefined ? [] : [[name, text(value)] as const];
  });
  const apiVersion = text(messageFields(envelope.get(1)).get(1));
  return { apiVersion, kind, metadata: {}, spec: { resourceAttributes: Object.fromEntries(named) } };
}

function text(value: Buffer | undefined): string {
  return value?.toString('utf8') ?? '';
}

/** The length-delimited fields of a message by number; numbers are passed over, at anything else reading ends. */
function messageFields(message: Buffer = Buffer.alloc(0)): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let rest = message;
  while (rest.length > 0) {
    const tag = varint(rest);
    const value = varint(rest.subarray(tag.size));
    const start = tag.size + value.size;
    const wireType = tag.value & 7;
    if (wireType !== 0 && wireType !== 2) return fields;
    const length = wireType === 2 ? value.value : 0;
    if (wireType === 2) fields.set(tag.value >> 3, rest.subarray(start, start + length));
    rest = rest.subarray(start + length);
  }
  return fields;
}

function varint(bytes: Buffer): { value: number; size: number } {
  let value = 0;
  for (const [index, byte] of bytes.entries()) {
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, size: index + 1 };
  }
  return { value, size: Math.max(1, bytes.length) };
}

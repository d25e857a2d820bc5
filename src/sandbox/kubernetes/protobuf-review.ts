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

/** The length-delimited fields of a message by number; other wire types are passed over. */
function messageFields(message: Buffer | undefined): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; message !== undefined && at < message.length; shift += 7) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (message !== undefined && at < message.length) {
    const tag = varint();
    if ((tag & 7) === 0) varint();
    else if ((tag & 7) === 2) {
      const length = varint();
      fields.set(tag >> 3, message.subarray(at, at + length));
      at += length;
    } else return fields;
  }
  return fields;
}

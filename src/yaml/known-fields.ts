import type { z } from 'zod';
import type { FieldPath } from './yaml-document.ts';

/** The few parts of a zod definition that lead from a schema to the schema of a field. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
}

/** The names of the fields that a schema knows at a path, for `did you mean`. Empty when any name is allowed. */
export function knownFields(schema: z.ZodType, path: FieldPath, value: unknown): readonly string[] {
  const [step, ...rest] = path;
  const definition = definitionOf(schema, value);
  if (step === undefined) return Object.keys(definition.shape ?? {});
  const child = definition.shape?.[String(step)] ?? definition.element ?? definition.valueType;
  return child === undefined ? [] : knownFields(child, rest, childValue(value, step));
}

/** Looks through what wraps a schema: optional, default, transformation, and a union decided by one field. */
function definitionOf(schema: z.ZodType, value: unknown): Definition {
  const definition = schema._zod.def as unknown as Definition;
  if (definition.type === 'union') {
    const option = definition.options?.find((one) => suits(one, definition.discriminator, value));
    return option === undefined ? definition : definitionOf(option, value);
  }
  const inner = definition.innerType ?? definition.in;
  return inner === undefined ? definition : definitionOf(inner, value);
}

function suits(option: z.ZodType, discriminator: string | undefined, value: unknown): boolean {
  const shape = definitionOf(option, value).shape;
  if (shape === undefined) return false;
  return (
    discriminator === undefined ||
    (shape[discriminator]?.safeParse(childValue(value, discriminator)).success ?? false)
  );
}

function childValue(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string | number, unknown>)[step]
    : undefined;
}

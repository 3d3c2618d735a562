import { z } from 'zod';
import type { JsonObject } from '../context/json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { StandardSchema } from './standard-schema.ts';

const target = 'draft-2020-12';

/**
 * What a caller must pass to satisfy a schema, as JSON Schema (draft 2020-12): by the library's own
 * Standard JSON Schema, or for an older zod 4 by the core's.
 *
 * @param owner names the schema in the error, for example `payloadSchema of agent "billing"`.
 * @throws HandoffError `INVALID_CONFIGURATION` for a schema that can't be converted.
 */
export function toJsonSchema(schema: StandardSchema, owner: string): JsonObject {
  const standard = schema?.['~standard'];
  if (standard === undefined || standard.version !== 1) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `The ${owner} doesn't implement Standard Schema version 1: use zod 4, arktype, or valibot with its JSON Schema converter.`,
    );
  }
  try {
    if (standard.jsonSchema) return standard.jsonSchema.input({ target }) as JsonObject;
    if (standard.vendor === 'zod' && '_zod' in schema) {
      return z.toJSONSchema(schema as unknown as z.ZodType, { io: 'input', target }) as JsonObject;
    }
  } catch (thrown) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `The ${owner} can't be written as JSON Schema: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      { cause: thrown },
    );
  }
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `The ${owner} is a ${standard.vendor} schema without Standard JSON Schema ("~standard".jsonSchema): use zod 4.1.13 or later, arktype 2.1.28 or later, or wrap a valibot schema with toStandardJsonSchema.`,
    { details: { vendor: standard.vendor } },
  );
}

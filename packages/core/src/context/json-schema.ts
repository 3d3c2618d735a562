import * as z from 'zod';
import { HandoffError } from '../errors/handoff-error.ts';
import type { Json, JsonObject } from './json.ts';
import { plainCopy } from './plain-json.ts';

/** Why `value` is not plain JSON, or undefined where it is. */
function problemWith(value: unknown): string | undefined {
  try {
    plainCopy(value);
    return undefined;
  } catch (thrown) {
    return HandoffError.from(thrown).message;
  }
}

/**
 * {@link Json} as a zod schema: any value that `plainCopy` accepts. Unlike `z.json()` it bounds the
 * depth, so that no input overflows the stack.
 */
export const jsonSchema: z.ZodType<Json> = z.custom<Json>().check((context) => {
  const message = problemWith(context.value);
  if (message !== undefined) {
    context.issues.push({ code: 'custom', message, input: context.value });
  }
});

/** {@link JsonObject} as a zod schema: a plain object that `plainCopy` accepts. */
export const jsonObjectSchema: z.ZodType<JsonObject> = z.custom<JsonObject>().check((context) => {
  const { value } = context;
  const object = typeof value === 'object' && value !== null && !Array.isArray(value);
  const message = object ? problemWith(value) : 'must be an object';
  if (message !== undefined) context.issues.push({ code: 'custom', message, input: value });
});

import type { Schema } from 'ai';

const schemaMark = Symbol.for('vercel.ai.schema');

/**
 * A JSON Schema in the AI SDK's own form, which it passes on as it is: any other schema it would
 * convert again for every model call, with a zod that may be another than the caller's.
 */
export function toSchema<Input>(jsonSchema: object): Schema<Input> {
  // The mark is the AI SDK's, of any copy; its type isn't exported.
  const schema: unknown = { [schemaMark]: true, _type: undefined, validate: undefined, jsonSchema };
  return schema as Schema<Input>;
}

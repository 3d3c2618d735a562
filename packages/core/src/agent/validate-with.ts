import type { StandardIssue, StandardSchema } from './standard-schema.ts';

/** A validated value, or the reasons in one line each, with their paths. */
export type Validated = { readonly value: unknown } | { readonly problems: readonly string[] };

/** Validates a value with any Standard Schema; a schema that throws has found a problem. */
export async function validateWith(schema: StandardSchema, value: unknown): Promise<Validated> {
  try {
    const result = await schema['~standard'].validate(value);
    return result.issues ? { problems: result.issues.map(describe) } : { value: result.value };
  } catch (thrown) {
    return { problems: [thrown instanceof Error ? thrown.message : 'the schema threw'] };
  }
}

function describe({ path, message }: StandardIssue): string {
  if (!path?.length) return message;
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  return `${keys.map(String).join('.')}: ${message}`;
}

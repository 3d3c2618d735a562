const pattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Whether `value` can be the id of a task or a handoff: at most 128 characters that fit in a URL path. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

import type { Json } from './json.ts';

/** A deep copy of plain JSON, for somebody who might write on it. */
export function copyJson<Value extends Json | object>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as unknown as Value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) copy[key] = copyJson(member as Json);
  return copy as Value;
}

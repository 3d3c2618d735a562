import type { Json } from './json.ts';

/** A deep copy of plain JSON, for somebody who might write on it. */
export function copyJson<Value extends Json | object>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as unknown as Value;
  // Copied whole and then mended: most members are text, and the copy keeps its shape.
  const copy = { ...value } as Record<string, Json>;
  for (const key in copy) {
    const member = copy[key] as Json;
    if (typeof member === 'object') copy[key] = copyJson(member);
  }
  return copy as Value;
}

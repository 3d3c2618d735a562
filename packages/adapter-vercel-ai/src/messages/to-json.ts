import type { Json } from '@agent-handoff/core/adapter';

/** More objects inside one another than a record may hold: what is deeper is a cycle, or of no use. */
const maxDepth = 64;

/**
 * What tools are called with and answer, as a model is told it: JSON as `JSON.stringify` writes it,
 * dates as their text, without what JSON has no form for. Integers that no number holds exactly are
 * text, and so are bigints. What is plain JSON comes back equal.
 */
export function toJson(value: unknown): Json {
  return jsonOf(value, '', 0) ?? null;
}

/** Undefined for what is left out. */
function jsonOf(value: unknown, key: string, depth: number): Json | undefined {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed();
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) return null;
      return Number.isInteger(value) && !Number.isSafeInteger(value) ? String(value) : value;
    case 'object':
      return value === null || depth > maxDepth ? null : jsonOfObject(value, key, depth);
    default:
      return undefined;
  }
}

function jsonOfObject(value: object, key: string, depth: number): Json | undefined {
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return jsonOf(toJSON.call(value, key), key, depth + 1);
  if (Array.isArray(value)) {
    return value.map((each, index) => jsonOf(each, String(index), depth + 1) ?? null);
  }
  const entries: [string, Json][] = [];
  for (const [name, each] of Object.entries(value)) {
    const json = name === '__proto__' ? undefined : jsonOf(each, name, depth + 1);
    if (json !== undefined) entries.push([name, json]);
  }
  return Object.fromEntries(entries);
}

import type { Json, JsonObject } from './json.ts';

/** What OpenAI, Anthropic, Google and others all accept as the name of a tool. */
const maxNameLength = 64;

/** OpenAI's chat completions refuse longer ids. */
const maxIdLength = 40;

/** The nearest name that every provider accepts: letters, digits, `_` and `-`, not beginning with a digit or `-`, at most 64. */
export function toolName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '_');
  return (/^[A-Za-z_]/.test(plain) ? plain : `_${plain}`).slice(0, maxNameLength);
}

/** The nearest id of a call that every provider accepts: letters, digits, `_` and `-`, at most 40. */
export function toolCallId(id: string): string {
  return id.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, maxIdLength) || 'call';
}

/** `id`, or `id-2`, `id-3`, … where it is taken; takes it. */
export function freshId(id: string, taken: Set<string>): string {
  let free = id;
  for (let n = 2; taken.has(free); n++) {
    free = `${id.slice(0, maxIdLength - `-${n}`.length)}-${n}`;
  }
  taken.add(free);
  return free;
}

/** The nearest participant name that every provider accepts, or none. */
export function participantName(name: string | undefined): string | undefined {
  return name?.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, maxNameLength) || undefined;
}

/** Arguments as the object that providers want: JSON text is read, anything else goes under `value`. */
export function argumentsObject(given: Json): JsonObject {
  if (isObject(given)) return given;
  if (given === null || given === '') return {};
  if (typeof given === 'string') {
    try {
      const parsed = JSON.parse(given) as Json;
      if (isObject(parsed)) return parsed;
    } catch {
      // Not JSON: a text like any other.
    }
  }
  return { value: given };
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

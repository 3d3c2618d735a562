import canonicalize from 'canonicalize';
import type { Json } from './json.ts';

/**
 * The canonical text of plain JSON (RFC 8785, JCS): the bytes that are hashed and signed. Where the
 * keys of every object come in order already, as `plainCopy` makes them, that is what
 * `JSON.stringify` writes; anything else goes through the library, at about ten times the cost.
 * `value` must be plain JSON without lone surrogates, no deeper than `plainCopy` allows.
 */
export function canonicalJson(value: Json): string {
  if (keysInOrder(value)) return JSON.stringify(value);
  return canonicalize(value) as string;
}

/**
 * Whether the keys of every object are enumerated in the order of their UTF-16 code units. An object
 * with keys such as `"10"` and `"9"` never is: engines enumerate array indices first, as numbers.
 */
function keysInOrder(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (const element of value) {
      if (typeof element === 'object' && !keysInOrder(element)) return false;
    }
    return true;
  }
  let previous = '';
  const object = value as { readonly [key: string]: Json };
  for (const key in object) {
    if (key < previous) return false;
    previous = key;
    const member = object[key];
    if (typeof member === 'object' && !keysInOrder(member as Json)) return false;
  }
  return true;
}

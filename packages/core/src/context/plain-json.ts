import { HandoffError } from '../errors/handoff-error.ts';
import type { Json, JsonObject } from './json.ts';
import {
  type Key,
  type PlainWalk,
  type PlainWalkOptions,
  refuse,
  startPlainWalk,
} from './plain-walk.ts';

/** Finds secrets; see `createRedactor`. */
export interface Redactor {
  /** Whether the value under this key is a secret, whatever it looks like. */
  isSecretKey(key: string): boolean;
  /** The text with every secret in it replaced. */
  text(text: string): string;
}

/** What stands where a secret was. */
export const redactedText = '[redacted]';

/**
 * A deep copy of `value` that is plain JSON and safe to hash: the keys of every object in the order
 * of RFC 8785 section 3.2.3 (UTF-16 code units), `-0` as `0`, undefined properties and symbol keys
 * left out, secrets replaced where a redactor is given. `path` names the value in errors. Every property is read once, so a getter or
 * proxy that answers differently the second time changes nothing; `toJSON` is not called.
 *
 * @throws HandoffError `INVALID_CONTEXT`, with the path in `details`, for whatever JSON can't carry
 * unchanged: functions, symbols, bigints, undefined in arrays and holes, NaN and infinities, integers
 * beyond 2^53 - 1, `__proto__` keys, lone surrogates, class instances (dates and maps too), cycles,
 * values that are too deep or too large, and objects that throw when they are read.
 */
export function plainCopy(
  value: unknown,
  options: PlainWalkOptions & { readonly path?: string } = {},
): Json {
  return plainCopyIn(startPlainWalk(options), value, options.path ?? 'value');
}

/** {@link plainCopy} within a walk that has begun; `depth` counts the objects around the value. */
export function plainCopyIn(walk: PlainWalk, value: unknown, path: string, depth = 0): Json {
  walk.root = path;
  try {
    return copyValue(walk, value, undefined, depth);
  } catch (thrown) {
    if (HandoffError.isInstance(thrown)) throw thrown;
    return refuse(walk, undefined, 'throws when it is read', 'Pass plain data', thrown);
  }
}

/** {@link plainCopyIn} for a value that must be an object. */
export function plainObjectIn(
  walk: PlainWalk,
  value: unknown,
  path: string,
  depth = 0,
): JsonObject {
  const copied = plainCopyIn(walk, value, path, depth);
  if (typeof copied === 'object' && copied !== null && !isJsonArray(copied)) return copied;
  return refuse(walk, undefined, 'is not an object', 'Pass an object of keys and values');
}

/** {@link plainCopyIn} for a value that must be text. */
export function plainTextIn(walk: PlainWalk, value: unknown, path: string): string {
  walk.root = path;
  if (typeof value === 'string') return copyText(walk, value, undefined);
  return refuse(walk, undefined, 'is not a string', 'Pass text');
}

const isJsonArray = (value: Json): value is readonly Json[] => Array.isArray(value);

function copyValue(walk: PlainWalk, value: unknown, key: Key, depth: number): Json {
  if (--walk.nodesLeft < 0) {
    return refuse(walk, key, 'makes it too large', 'Hand over less, or a reference to it');
  }
  switch (typeof value) {
    case 'string':
      return copyText(walk, value, key);
    case 'number':
      if (!Number.isFinite(value)) {
        return refuse(walk, key, `is ${value}`, 'Pass a finite number or leave it out');
      }
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        return refuse(walk, key, 'is an integer beyond 2^53 - 1', 'Pass it as a string');
      }
      return value === 0 ? 0 : value;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= walk.maxDepth) {
        const what = `is nested deeper than ${walk.maxDepth} levels, or contains itself`;
        return refuse(walk, key, what, 'Flatten it');
      }
      if (key !== undefined) walk.trail.push(key);
      {
        const copied = Array.isArray(value)
          ? copyArray(walk, value, depth + 1)
          : copyObject(walk, value, depth + 1);
        walk.trail.pop();
        return copied;
      }
    case 'undefined':
      return refuse(walk, key, 'is undefined', 'Use null, or leave it out');
    default:
      return refuse(walk, key, `is a ${typeof value}`, 'Pass plain JSON');
  }
}

function copyText(walk: PlainWalk, text: string, key: Key): string {
  walk.charactersLeft -= text.length;
  if (walk.charactersLeft < 0) {
    return refuse(walk, key, 'makes it too large', 'Hand over less text, or a reference to it');
  }
  if (!text.isWellFormed()) {
    return refuse(walk, key, 'contains half a surrogate pair', 'Call toWellFormed() on it');
  }
  return walk.redact === undefined ? text : walk.redact.text(text);
}

function copyArray(walk: PlainWalk, source: readonly unknown[], depth: number): Json[] {
  const { length } = source;
  if (length > walk.nodesLeft) {
    return refuse(walk, undefined, `has ${length} elements`, 'Hand over fewer');
  }
  const copy: Json[] = [];
  for (let i = 0; i < length; i++) copy.push(copyValue(walk, source[i], i, depth));
  return copy;
}

function copyObject(walk: PlainWalk, source: object, depth: number): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(source);
  // Nothing stands behind Object.prototype, ours or another realm's.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(walk, undefined, 'is an instance of a class', 'Pass a plain object or a string');
  }
  const keys = Object.keys(source);
  if (!areInOrder(keys)) keys.sort();
  const copy: Record<string, Json> = {};
  let renamed = false;
  for (const key of keys) {
    const value = (source as Record<string, unknown>)[key];
    if (value === undefined) continue;
    if (key === '__proto__') {
      refuse(walk, key, 'is a key that can change prototypes', 'Rename it');
    }
    if (copyText(walk, key, key) !== key) renamed = true;
    const hidden =
      walk.redact?.isSecretKey(key) === true && value !== null && typeof value !== 'boolean';
    copy[key] = hidden ? redactedText : copyValue(walk, value, key, depth);
  }
  return renamed ? inOrder(withoutSecretKeys(copy, walk.redact as Redactor)) : copy;
}

function areInOrder(keys: readonly string[]): boolean {
  let previous = '';
  for (const key of keys) {
    if (key < previous) return false;
    previous = key;
  }
  return true;
}

/** The same object with its keys in order. */
function inOrder(own: JsonObject): JsonObject {
  const ordered: Record<string, Json> = {};
  for (const key of Object.keys(own).sort()) ordered[key] = own[key] as Json;
  return ordered;
}

/** The same object with secrets in its keys replaced; two such keys never become one. */
function withoutSecretKeys(own: JsonObject, redact: Redactor): JsonObject {
  const renamed: Record<string, Json> = {};
  for (const key of Object.keys(own)) {
    const name = redact.text(key);
    let free = name;
    for (
      let n = 2;
      free !== key && (Object.hasOwn(renamed, free) || Object.hasOwn(own, free));
      n++
    ) {
      free = `${name}#${n}`;
    }
    renamed[free] = own[key] as Json;
  }
  return renamed;
}

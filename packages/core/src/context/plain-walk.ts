import { HandoffError } from '../errors/handoff-error.ts';
import type { Redactor } from './plain-json.ts';

/** The size that `plainCopy` accepts unless told otherwise. */
export const plainJsonLimits = {
  /** Objects and arrays inside one another. */
  maxDepth: 32,
  /** Values of any type, the root included. */
  maxNodes: 100_000,
  /** UTF-16 code units of all keys and strings together. */
  maxCharacters: 1_048_576,
} as const;

/** What a walk replaces and how far it goes. */
export interface PlainWalkOptions {
  /** Replaces secrets in the same walk. */
  readonly redact?: Redactor;
  /** Default 32. */
  readonly maxDepth?: number;
  /** Default 100,000. */
  readonly maxNodes?: number;
  /** Default 1,048,576 (2^20). */
  readonly maxCharacters?: number;
}

/** One walk over one or several values, which share its limits. */
export interface PlainWalk {
  readonly redact: Redactor | undefined;
  readonly maxDepth: number;
  nodesLeft: number;
  charactersLeft: number;
  /** The name of the value being walked. */
  root: string;
  /** The keys that lead from it to the object being walked; empty again behind each value. */
  readonly trail: (string | number)[];
}

/** A key or index of the object being walked; undefined for that object itself. */
export type Key = string | number | undefined;

/** Begins a walk. */
export function startPlainWalk(options: PlainWalkOptions = {}): PlainWalk {
  return {
    redact: options.redact,
    maxDepth: options.maxDepth ?? plainJsonLimits.maxDepth,
    nodesLeft: options.maxNodes ?? plainJsonLimits.maxNodes,
    charactersLeft: options.maxCharacters ?? plainJsonLimits.maxCharacters,
    root: '',
    trail: [],
  };
}

/** Ends a walk: throws `INVALID_CONTEXT` with the path of what is wrong, and what to do instead. */
export function refuse(
  walk: PlainWalk,
  key: Key,
  problem: string,
  remedy: string,
  cause?: unknown,
): never {
  const path = formatPath(walk.root, key === undefined ? walk.trail : [...walk.trail, key]);
  throw new HandoffError('INVALID_CONTEXT', `${path} ${problem}. ${remedy}.`, {
    details: { path, problem },
    cause,
  });
}

/** `findings.report[3]["odd key"]`. */
function formatPath(root: string, keys: readonly (string | number)[]): string {
  let path = root;
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]{0,60}$/.test(key)) path += `.${key}`;
    else path += `[${JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key)}]`;
  }
  return path;
}

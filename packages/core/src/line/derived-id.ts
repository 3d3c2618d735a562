import { sha256 } from '../runtime/sha256.ts';

/**
 * An id that follows from another one and a place under it, the same in every process: asked for
 * again, a step finds what it did before.
 */
export async function derivedId(...path: readonly (string | number)[]): Promise<string> {
  return (await sha256(JSON.stringify(path))).slice(0, 32);
}

import { sha256 } from '../runtime/sha256.ts';

/**
 * An id that follows from another one and a place under it, the same in every process: asked for
 * again, a step finds what it did before.
 */
export async function derivedId(...path: readonly (string | number)[]): Promise<string> {
  return (await sha256(JSON.stringify(path))).slice(0, 32);
}

/** The id under which a manager records what is requested with an idempotency key: to see whether it was. */
export function keyedHandoffId(
  { name }: { readonly name: string },
  {
    idempotencyKey,
    principal = '',
  }: { readonly idempotencyKey: string; readonly principal?: string },
): Promise<string> {
  return derivedId(name, principal, idempotencyKey, 0);
}

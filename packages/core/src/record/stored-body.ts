import { canonicalJson } from '../context/canonical-json.ts';
import type { Json } from '../context/json.ts';
import { sha256 } from '../runtime/sha256.ts';

/** Content that a record points at by digest, as text: nobody can change it by reference. */
export interface StoredBody {
  /** SHA-256, in hex, of the JCS form of `{ body, salt }`. */
  readonly digest: string;
  /** The body in JCS form. */
  readonly json: string;
  /** Random: without it nobody can find short content by guessing at its digest. */
  readonly salt: string;
}

/** Seals a body under a fresh salt. */
export async function sealBody(body: Json, salt: string): Promise<StoredBody> {
  const json = canonicalJson(body);
  const hash = sha256(saltedForm(json, salt));
  return { digest: typeof hash === 'string' ? hash : await hash, json, salt };
}

/** The bytes that a body's digest is over, as text. */
export function saltedForm(json: string, salt: string): string {
  return `{"body":${json},"salt":${JSON.stringify(salt)}}`;
}

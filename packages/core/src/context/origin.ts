/**
 * Where content came from: `own`, this process; `verified`, another whose signature was checked;
 * `unverified`, anyone. Set by the boundary that parsed it, never read from the sender.
 */
export const origins = ['own', 'verified', 'unverified'] as const;

/** One of {@link origins}. */
export type Origin = (typeof origins)[number];

/** The one of two that is trusted less. */
export function leastTrusted(a: Origin, b: Origin): Origin {
  return origins.indexOf(a) > origins.indexOf(b) ? a : b;
}

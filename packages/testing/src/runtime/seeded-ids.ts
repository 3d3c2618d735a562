import type { IdSource } from '@agent-handoff/core';

/**
 * Ids that look like random UUIDs (RFC 9562 section 5.4) and are the same for the same seed: for tests
 * whose sorting or hashing must not meet `task-1` before `task-2`. Not for production: anyone who
 * knows the seed knows every id.
 */
export function seededIds(seed: string | number): IdSource {
  const next = sfc32(String(seed));
  return () => {
    let hex = '';
    while (hex.length < 32) hex += next().toString(16).padStart(8, '0');
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join('-');
  };
}

/** Small Fast Counter: 128 bits of state, which the seed fills by FNV-1a. */
function sfc32(seed: string): () => number {
  let [a, b, c, d] = [0, 1, 2, 3].map((word) => fnv1a(`${word}/${seed}`)) as [
    number,
    number,
    number,
    number,
  ];
  const next = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash | 0;
}

/** 128 bits of SHA-256 over what an id stands for, in hex: the same in every process. */
export async function derivedId(...parts: readonly (string | undefined)[]): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(parts));
  const bytes = await crypto.subtle.digest('SHA-256', text);
  return Array.from(new Uint8Array(bytes).subarray(0, 16), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

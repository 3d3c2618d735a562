/** 128 bits of SHA-256 over what an id stands for, in hex: the same in every process. */
export async function derivedId(...parts: readonly string[]): Promise<string> {
  const [id] = await derivedIds(...parts);
  return id;
}

/** The two halves of that SHA-256, where two things stand and fall together. */
export async function derivedIds(...parts: readonly string[]): Promise<[string, string]> {
  const text = new TextEncoder().encode(JSON.stringify(parts));
  const bytes = await crypto.subtle.digest('SHA-256', text);
  const hex = Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0'));
  return [hex.slice(0, 16).join(''), hex.slice(16).join('')];
}

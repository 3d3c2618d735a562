interface NodeCrypto {
  hash(algorithm: string, data: string, encoding: 'hex'): string;
}
interface NodeLike {
  getBuiltinModule?(name: string): unknown;
}

const node = (globalThis as { process?: NodeLike }).process;
const nodeCrypto = node?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined;

/**
 * SHA-256 (FIPS 180-4) of the UTF-8 bytes of `text`, as 64 lowercase hex digits. Synchronous in Node,
 * where WebCrypto would cost ten times as much; a promise in browsers and on the edge.
 */
export const sha256: (text: string) => string | Promise<string> =
  typeof nodeCrypto?.hash === 'function'
    ? (text) => nodeCrypto.hash('sha256', text, 'hex')
    : webSha256;

/** {@link sha256} by WebCrypto: the path that browsers take. */
export async function webSha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

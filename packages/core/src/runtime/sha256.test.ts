import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import { sha256, webSha256 } from './sha256.ts';

/** FIPS 180-4 examples, and one whose digest has leading zeros in its bytes. */
const known = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
] as const;

describe('sha256', () => {
  it.each(known)('of %j', async (text, digest) => {
    expect(sha256(text)).toBe(digest);
    expect(await webSha256(text)).toBe(digest);
  });

  const sample = sampled(5_000, 200);
  it(`is the same by Node and by WebCrypto (seed ${sample.seed})`, async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      // Lone surrogates, which UTF-8 has no bytes for.
      fc
        .array(fc.integer({ min: 0xd7f0, max: 0xe00f }), { maxLength: 20 })
        .map((units) => String.fromCharCode(...units)),
      fc.integer({ min: 1, max: 5_000 }).map((length) => 'ä'.repeat(length)),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const digest = sha256(text);
        expect(digest).toMatch(/^[0-9a-f]{64}$/);
        expect(await webSha256(text)).toBe(digest);
        expect(digest).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
      }),
      sample,
    );
  });
});

describe('sha256 elsewhere than in Node', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it.each([
    ['no process', undefined],
    ['a process without modules', { env: {} }],
    ['no such module', { getBuiltinModule: () => undefined }],
    ['a Node without crypto.hash', { getBuiltinModule: () => ({}) }],
  ])('is WebCrypto: %s', async (_, process) => {
    vi.resetModules();
    vi.stubGlobal('process', process);
    const elsewhere = await import('./sha256.ts');
    vi.unstubAllGlobals();
    expect(elsewhere.sha256).toBe(elsewhere.webSha256);
    expect(await elsewhere.sha256('abc')).toBe(known[1][1]);
  });
});

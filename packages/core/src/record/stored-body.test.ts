import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import type { Json } from '../context/json.ts';
import { saltedForm, sealBody } from './stored-body.ts';

describe('sealBody', () => {
  const sample = sampled(2_000, 100);
  it(`hashes body and salt together in JCS form (seed ${sample.seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string(), async (body, salt) => {
        const sealed = await sealBody(body as Json, salt);
        const form = canonicalize({ body, salt }) as string;
        expect(sealed).toEqual({
          digest: createHash('sha256').update(form).digest('hex'),
          json: canonicalize(body),
          salt,
        });
        expect(saltedForm(sealed.json, salt)).toBe(form);
        expect(JSON.parse(sealed.json)).toEqual(JSON.parse(JSON.stringify(body)));
      }),
      sample,
    );
  });

  it('gives one body under two salts two digests', async () => {
    const [a, b] = await Promise.all([sealBody('yes', 'salt-1'), sealBody('yes', 'salt-2')]);
    expect(a.digest).not.toBe(b.digest);
    expect(a.json).toBe(b.json);
  });
});

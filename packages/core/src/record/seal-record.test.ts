import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { logSteps, recordTasks } from '../../test/random-logs.ts';
import { sampled } from '../../test/sampled.ts';
import { openLedger } from '../policy/ledger.ts';
import { defaultLimits } from '../policy/limits.ts';
import { type RecordDraft, sealRecords } from './seal-record.ts';
import { sealBody } from './stored-body.ts';

const draft: RecordDraft = {
  at: '2026-11-24T09:00:00.000Z',
  contextDigest: 'c'.repeat(64),
  handoffId: 'h-1',
  ledger: openLedger(defaultLimits),
  origin: 'own',
  reason: 'specialization',
  recordId: 'r-1',
  scope: ['*'],
  source: 'user',
  target: 'billing',
  taskId: 't-1',
  type: 'requested',
};

/** A draft with everything a draft can have. */
const full: Required<RecordDraft> = {
  ...draft,
  attempt: 2,
  by: 'berta',
  continues: ['d'.repeat(64), 'e'.repeat(64)],
  decision: 'approve',
  errorCode: 'CYCLE',
  expiresAt: '2026-12-01T09:00:00.000Z',
  findingOrigins: { a: 'verified', b: 'unverified' },
  leaseUntil: '2026-11-24T09:05:30.000Z',
  outcomeDigest: 'o'.repeat(64),
  principal: 'anna',
  replayOf: 'h-0',
  runDigest: 'f'.repeat(64),
  threadId: 'thread-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const digestOf = (content: unknown): string =>
  createHash('sha256')
    .update(canonicalize(content) as string)
    .digest('hex');

describe('sealRecords', () => {
  it.each([
    ['little', draft],
    ['everything', full],
  ])('keeps what a draft has, in order and nothing else: %s', async (_, given) => {
    const [record] = await sealRecords(undefined, [given]);
    const { digest, ...content } = record ?? {};
    const { continues, ...kept } = given;
    expect(content).toEqual({ ...kept, parents: continues ?? [], seq: 1, v: 1 });
    expect(Object.keys(content)).toEqual(Object.keys(content).sort());
    expect(JSON.stringify(content)).toBe(canonicalize(content));
    expect(digest).toBe(digestOf(content));
  });

  it('takes no member that is undefined', async () => {
    const holes = Object.fromEntries(
      Object.keys(full)
        .filter((key) => !(key in draft))
        .map((key) => [key, undefined]),
    );
    const [record] = await sealRecords(undefined, [{ ...draft, ...holes } as RecordDraft]);
    expect(record).toStrictEqual((await sealRecords(undefined, [draft]))[0]);
  });

  it('seals keys out of order too', async () => {
    const given = {
      ...full,
      findingOrigins: { zebra: 'verified', ant: 'own', 10: 'own', 9: 'own' },
    } as const;
    const [record] = await sealRecords(undefined, [given]);
    const { digest, ...content } = record ?? {};
    expect(digest).toBe(digestOf(content));
  });

  it('links each to the one before it, then to what it continues', async () => {
    const head = { digest: 'a'.repeat(64), seq: 7 };
    const [first, second] = await sealRecords(head, [
      { ...draft, continues: ['b'.repeat(64)] },
      { ...draft, type: 'accepted' },
    ]);
    expect(first).toMatchObject({ seq: 8, parents: [head.digest, 'b'.repeat(64)] });
    expect(second).toMatchObject({ seq: 9, parents: [first?.digest] });
    expect(await sealRecords(head, [])).toEqual([]);
    expect(await sealRecords(undefined, [])).toEqual([]);
  });

  it('leaves its input alone', async () => {
    const before = structuredClone([full, draft]);
    const given = [full, draft];
    await sealRecords(undefined, given);
    expect(given).toEqual(before);
  });

  const sample = sampled(300, 15);
  it(`writes records that are in JCS form as they stand (seed ${sample.seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(logSteps, async (steps) => {
        for (const { records, bodies } of await recordTasks(steps)) {
          for (const { digest, ...content } of records) {
            expect(JSON.stringify(content)).toBe(canonicalize(content));
            expect(digest).toBe(digestOf(content));
            expect(Object.values(content)).not.toContain(undefined);
          }
          for (const { json } of bodies) expect(canonicalize(JSON.parse(json))).toBe(json);
        }
      }),
      sample,
    );
  });
});

describe('sealing elsewhere than in Node, where a hash has to be awaited', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('gives the same records and bodies', async () => {
    vi.resetModules();
    vi.stubGlobal('process', undefined);
    const elsewhere = await import('./seal-record.ts');
    const bodies = await import('./stored-body.ts');
    vi.unstubAllGlobals();
    expect(await elsewhere.sealRecords(undefined, [full, draft])).toEqual(
      await sealRecords(undefined, [full, draft]),
    );
    expect(await bodies.sealBody({ a: 1 }, 's')).toEqual(await sealBody({ a: 1 }, 's'));
  });
});

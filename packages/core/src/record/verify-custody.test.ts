import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logSteps, recordTasks, type StoredTask } from '../../test/random-logs.ts';
import { type Sample, sampled } from '../../test/sampled.ts';
import { canonicalJson } from '../context/canonical-json.ts';
import type { Json, JsonObject } from '../context/json.ts';
import { openLedger } from '../policy/ledger.ts';
import { defaultLimits } from '../policy/limits.ts';
import { sha256 } from '../runtime/sha256.ts';
import {
  type HandoffRecord,
  isTaskRecord,
  type RecordType,
  recordTypes,
} from './handoff-record.ts';
import { type RecordDraft, sealRecords } from './seal-record.ts';
import { saltedForm, sealBody } from './stored-body.ts';
import { type CustodyReport, verifyCustody } from './verify-custody.ts';

type Log = readonly HandoffRecord[];

const headOf = (records: Log): string => (records.at(-1) as HandoffRecord).digest;
const with_ = (records: Log, index: number, record: unknown): Log =>
  records.map((one, at) => (at === index ? (record as HandoffRecord) : one));
const without = (records: Log, index: number): Log => records.filter((_, at) => at !== index);
const insert = (records: Log, index: number, record: HandoffRecord): Log => [
  ...records.slice(0, index),
  record,
  ...records.slice(index),
];

/** The record with its digest made anew: what a forger can do without a key. */
async function reseal(record: object): Promise<HandoffRecord> {
  const { digest: _, ...content } = record as HandoffRecord;
  return { ...content, digest: await sha256(canonicalJson(content as unknown as Json)) };
}

/** Every record that differs from this one in one place: a member gone, changed, or added. */
function* edits(value: Json): Generator<Json> {
  if (typeof value === 'string') {
    yield `${value}x`;
    yield value.slice(1);
    yield '';
    yield 1;
  } else if (typeof value === 'number') {
    yield value + 1;
    yield -value - 1;
    yield value + 1e-9;
    yield String(value);
  } else if (Array.isArray(value)) {
    yield [...value, 'added'];
    if (value.length > 0) yield value.slice(1);
    for (const [at, element] of value.entries()) {
      for (const edited of edits(element)) yield value.map((one, i) => (i === at ? edited : one));
    }
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, added: true };
    yield JSON.parse(`{"__proto__":{"polluted":true},${JSON.stringify(value).slice(1)}`) as Json;
    for (const [key, member] of Object.entries(value)) {
      const { [key]: _, ...rest } = value as JsonObject;
      yield rest;
      for (const edited of edits(member)) yield { ...value, [key]: edited };
    }
  }
  if (value !== null) yield null;
  if (!Array.isArray(value)) yield [value];
  yield false;
}

/** What was found at the place that was changed, or right behind it. */
const found = (report: CustodyReport): unknown[] => {
  expect(report.intact).toBe(report.problems.length === 0);
  for (const problem of report.problems) expect(problem.message).toMatch(/\S/);
  return report.problems.map(({ kind }) => kind);
};

/** A property over the tasks that a real manager recorded. */
async function forTasks(
  sample: Sample,
  check: (task: StoredTask, all: readonly StoredTask[]) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(logSteps, async (steps) => {
      const tasks = await recordTasks(steps);
      for (const task of tasks) await check(task, tasks);
    }),
    sample,
  );
}

describe('verifyCustody of a log that a manager wrote', () => {
  const few = sampled(200, 12);
  const many = sampled(20, 2);

  it(`finds nothing wrong with it, nor with its first part (seed ${few.seed})`, async () => {
    await forTasks(few, async ({ records, bodies }) => {
      expect(await verifyCustody(records, { bodies, expectedHead: headOf(records) })).toEqual({
        intact: true,
        problems: [],
        complete: true,
        head: headOf(records),
        records: records.length,
        bodies: bodies.length,
      });
      for (let length = 1; length <= records.length; length++) {
        const part = records.slice(0, length);
        expect(await verifyCustody(part)).toMatchObject({
          intact: true,
          complete: 'unknown',
          head: headOf(part),
          records: length,
          bodies: 0,
        });
      }
      expect(await verifyCustody(records, { bodies: bodies.slice(1) })).toHaveProperty(
        'intact',
        true,
      );
      expect(await verifyCustody(JSON.parse(JSON.stringify(records)) as Log)).toHaveProperty(
        'intact',
        true,
      );
    });
  });

  it(`takes records of the task for no step of a handoff (seed ${few.seed})`, async () => {
    await forTasks(few, async ({ records }) => {
      const head = records.at(-1) as HandoffRecord;
      for (const type of ['joined', 'erased'] as const) {
        const added = await reseal({ ...head, type, seq: head.seq + 1, parents: [head.digest] });
        expect(found(await verifyCustody([...records, added]))).toEqual([]);
      }
    });
  });

  it(`takes the body that says how a run goes on for one of the log's (seed ${few.seed})`, async () => {
    const run = await sealBody({ entry: 'triage' }, 'salt');
    await forTasks(few, async ({ records }) => {
      const first = await reseal({ ...records[0], runDigest: run.digest });
      expect(found(await verifyCustody([first], { bodies: [run] }))).toEqual([]);
      const { problems } = await verifyCustody([first], { bodies: [{ ...run, json: '{}' }] });
      expect(problems).toMatchObject([{ kind: 'body-edited', index: 0 }]);
    });
  });

  it(`finds every edit of a single place (seed ${many.seed})`, async () => {
    await forTasks(many, async ({ records }) => {
      for (const [index, record] of records.entries()) {
        for (const edited of edits(record as unknown as Json)) {
          const report = await verifyCustody(with_(records, index, edited));
          expect(found(report), JSON.stringify(edited)).toContain('edited');
          expect(report.problems.find(({ kind }) => kind === 'edited')?.index).toBe(index);
        }
      }
    });
  });

  it(`finds every edit under a new digest (seed ${many.seed})`, async () => {
    await forTasks(many, async ({ records }) => {
      const expectedHead = headOf(records);
      for (const [index, record] of records.entries()) {
        const { digest, ...content } = record;
        for (const edited of edits(content as unknown as Json)) {
          if (typeof edited !== 'object' || edited === null || Array.isArray(edited)) continue;
          const forged = await reseal(edited);
          expect(forged.digest).not.toBe(digest);
          const log = with_(records, index, forged);
          expect(found(await verifyCustody(log, { expectedHead }))).not.toEqual([]);
          if (index < records.length - 1) {
            expect(found(await verifyCustody(log)), JSON.stringify(edited)).toContain('unlinked');
          }
        }
      }
    });
  });

  it(`finds every record that was dropped, doubled or moved (seed ${few.seed})`, async () => {
    await forTasks(few, async ({ records }) => {
      const expectedHead = headOf(records);
      for (const [index, record] of records.entries()) {
        const last = index === records.length - 1;
        const dropped = await verifyCustody(without(records, index), { expectedHead });
        expect(found(dropped)).toContain(last ? 'truncated' : 'missing');
        expect(dropped.complete).toBe(!last);
        if (!last) expect(found(await verifyCustody(without(records, index)))).toContain('missing');

        for (let at = 0; at <= records.length; at++) {
          expect(found(await verifyCustody(insert(records, at, record)))).toContain('repeated');
          if (at === index || at === index + 1) continue;
          const moved = insert(without(records, index), index < at ? at - 1 : at, record);
          expect(found(await verifyCustody(moved))).toContain('order');
        }
        for (let other = index + 1; other < records.length; other++) {
          const swapped = with_(with_(records, index, records[other]), other, record);
          expect(found(await verifyCustody(swapped))).toContain('order');
        }
      }
    });
  });

  it(`finds a tail that was cut off, by the head (seed ${few.seed})`, async () => {
    await forTasks(few, async ({ records }) => {
      const expectedHead = headOf(records);
      for (let length = 0; length < records.length; length++) {
        const report = await verifyCustody(records.slice(0, length), { expectedHead });
        expect(report).toMatchObject({
          intact: false,
          complete: false,
          problems: [
            {
              kind: 'truncated',
              index: Math.max(0, length - 1),
              message: expect.stringContaining(expectedHead),
            },
          ],
        });
      }
    });
  });

  it(`finds records of another task (seed ${few.seed})`, async () => {
    await forTasks(few, async ({ records }, tasks) => {
      for (const other of tasks) {
        if (other.records === records) continue;
        for (const foreign of other.records) {
          for (let at = 0; at <= records.length; at++) {
            const inserted = insert(records, at, foreign);
            expect(found(await verifyCustody(inserted))).toContain('spliced');
            if (at === records.length) continue;
            const replaced = await verifyCustody(with_(records, at, foreign));
            if (records.length > 1) expect(found(replaced)).toContain('spliced');
            const retold = await reseal({ ...foreign, taskId: records[0]?.taskId });
            expect(found(await verifyCustody(insert(records, at, retold)))).not.toEqual([]);
          }
        }
      }
    });
  });

  it(`finds a second record behind the same one (seed ${few.seed})`, async () => {
    await forTasks(few, async ({ records }) => {
      for (const [index, record] of records.entries()) {
        if (index === 0) continue;
        const rival = await reseal({ ...record, at: '2030-01-01T00:00:00.000Z' });
        const kinds = found(await verifyCustody(insert(records, index + 1, rival)));
        expect(kinds).toContain('forked');
        expect(kinds).toContain('order');
      }
    });
  });

  it(`finds every edit of a body, and bodies of nobody (seed ${few.seed})`, async () => {
    await forTasks(few, async ({ records, bodies }) => {
      for (const [index, body] of bodies.entries()) {
        const edited = [
          { ...body, json: body.json.replace('{', '{ ') },
          { ...body, json: body.json.replace(/[a-z]/, 'Z') },
          { ...body, json: `${body.json} ` },
          { ...body, json: '{' },
          { ...body, json: '' },
          { ...body, salt: `${body.salt}0` },
          { ...body, salt: '' },
          { ...body, digest: body.digest.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) },
          { ...body, digest: '' },
          await sealBody(JSON.parse(body.json) as Json, `${body.salt}0`),
          await sealBody({ forged: true }, body.salt),
        ];
        for (const one of edited) {
          const report = await verifyCustody(records, {
            bodies: bodies.map((kept, at) => (at === index ? one : kept)),
          });
          expect(found(report), JSON.stringify(one)).toEqual(['body-edited']);
        }
        const forged = await verifyCustody(records, {
          bodies: [{ ...body, json: '{"forged":true}' }],
        });
        const spokenOf = records.findLastIndex(
          ({ contextDigest, outcomeDigest }) =>
            contextDigest === body.digest || outcomeDigest === body.digest,
        );
        expect(forged.problems).toEqual([
          {
            kind: 'body-edited',
            index: spokenOf,
            recordId: records[spokenOf]?.recordId,
            message: `The body ${body.digest} is not what its digest says.`,
          },
        ]);
      }
    });
  });
});

const [plainTask] = await recordTasks([
  { act: 'begin', target: 'alpha', answer: 'answers', of: 0 },
]);

describe('verifyCustody of a log that nobody could have written', () => {
  /** A log that was rewritten from the start, every digest and link made anew. */
  async function rewrite(
    records: Log,
    change: (record: HandoffRecord, index: number) => object,
  ): Promise<Log> {
    const log: HandoffRecord[] = [];
    const renamed = new Map<string, string>();
    for (const [index, record] of records.entries()) {
      const parents = record.parents.map((digest) => renamed.get(digest) ?? digest);
      const sealed = await reseal({ ...record, parents, ...change(record, index) });
      renamed.set(record.digest, sealed.digest);
      log.push(sealed);
    }
    return log;
  }

  const { records } = plainTask as StoredTask;

  it('is written as the manager writes it', async () => {
    expect(records.map(({ type }) => type)).toEqual(['requested', 'accepted', 'completed']);
    expect(await rewrite(records, () => ({}))).toEqual(records);
  });

  it.each([
    ['begins with an end', ['completed', 'accepted', 'completed'], 0],
    ['begins with a claim', ['accepted', 'accepted', 'completed'], 0],
    ['ends before it is accepted', ['requested', 'completed', 'completed'], 1],
    ['is requested twice', ['requested', 'requested', 'completed'], 1],
    ['is accepted after its end', ['requested', 'failed', 'accepted'], 2],
    ['ends twice', ['requested', 'rejected', 'completed'], 2],
    ['is rejected after it was accepted', ['requested', 'accepted', 'rejected'], 2],
    ['says what no record says', ['requested', 'accepted', 'paused'], 2],
    ['is decided before it waits', ['requested', 'approval-decided', 'accepted'], 1],
  ])('finds a handoff that %s', async (_, types, at) => {
    const log = await rewrite(records, (record, index) => ({
      type: types[index],
      outcomeDigest: record.outcomeDigest ?? 'o',
    }));
    const { problems } = await verifyCustody(log);
    expect(problems[0]).toMatchObject({
      kind: 'transition',
      index: at,
      recordId: log[at]?.recordId,
    });
    const before = at === 0 ? 'begins with' : `goes from "${types[at - 1]}" to`;
    expect(problems[0]?.message).toBe(`Handoff handoff-1 ${before} "${types[at]}".`);
  });

  it.each([
    [['requested', 'accepted', 'failed']],
    [['requested', 'accepted', 'cancelled']],
    [['requested', 'accepted', 'approval-requested']],
    [['requested', 'accepted', 'accepted']],
    [['requested', 'cancelled']],
    [['requested', 'failed']],
    [['requested', 'rejected']],
  ])('takes the course %j', async (types) => {
    const log = await rewrite(records.slice(0, types.length), (_, index) => ({
      type: types[index],
      outcomeDigest: 'o',
    }));
    expect(found(await verifyCustody(log))).toEqual([]);
  });

  it.each([
    ['accepted', true],
    ['failed', true],
    ['cancelled', true],
    ['rejected', true],
    ['completed', false],
    ['requested', false],
    ['approval-requested', false],
  ])('knows whether %s can follow a wait for approval', async (end, possible) => {
    const types = ['requested', 'accepted', 'approval-requested', end];
    const third = records[2] as HandoffRecord;
    const fourth = { ...third, digest: 'fourth', seq: 4, parents: [third.digest] };
    const log = await rewrite([...records, fourth], (_, index) => ({
      type: types[index],
      outcomeDigest: 'o',
    }));
    expect(found(await verifyCustody(log))).toEqual(possible ? [] : ['transition']);
  });

  it.each(['completed', 'failed', 'cancelled'])(
    'finds an end without an outcome: %s',
    async (type) => {
      const log = await rewrite(records, ({ outcomeDigest: _, ...record }, index) =>
        index === 2 ? { type, outcomeDigest: undefined } : record,
      );
      const { outcomeDigest: _, ...end } = log[2] as HandoffRecord;
      const { problems } = await verifyCustody([...log.slice(0, 2), await reseal(end)]);
      expect(problems).toEqual([
        {
          kind: 'transition',
          index: 2,
          recordId: 'record-3',
          message: 'Handoff handoff-1 ends without an outcome.',
        },
      ]);
    },
  );

  it('takes a rejection that is told by its code alone', async () => {
    const log = await rewrite(records.slice(0, 2), (_, index) =>
      index === 1 ? { type: 'rejected', errorCode: 'CYCLE' } : {},
    );
    expect(log[1]?.outcomeDigest).toBeUndefined();
    expect(found(await verifyCustody(log))).toEqual([]);
  });

  it.each([
    ['source', 'mallory'],
    ['target', 'mallory'],
    ['reason', 'escalation'],
    ['origin', 'unverified'],
    ['contextDigest', 'c'.repeat(64)],
    ['replayOf', 'handoff-0'],
  ])('finds a handoff that changes its %s on the way', async (key, value) => {
    const log = await rewrite(records, (_, index) => (index === 2 ? { [key]: value } : {}));
    expect((await verifyCustody(log)).problems).toEqual([
      {
        kind: 'retargeted',
        index: 2,
        recordId: 'record-3',
        message: `Handoff handoff-1 changes its ${key}.`,
      },
    ]);
  });

  it('names all that a handoff changes', async () => {
    const log = await rewrite(records, (_, index) =>
      index === 2 ? { source: 'mallory', target: 'eve' } : {},
    );
    expect((await verifyCustody(log)).problems[0]?.message).toBe(
      'Handoff handoff-1 changes its source, target.',
    );
  });

  it('finds a first record that continues something', async () => {
    const log = await rewrite(records, (_, index) => (index === 0 ? { parents: ['nowhere'] } : {}));
    expect(found(await verifyCustody(log))).toEqual(['unlinked']);
  });

  it('finds a link to a record that comes later, or never', async () => {
    for (const parent of ['nowhere', records[2]?.digest as string]) {
      const log = await rewrite(records, ({ parents }, index) =>
        index === 1 ? { parents: [...parents, parent] } : {},
      );
      const { problems } = await verifyCustody(log);
      expect(problems[0]).toMatchObject({
        kind: 'unlinked',
        index: 1,
        message: 'Record 2 continues an unknown record.',
      });
    }
  });

  it('finds a record that forgets the one before it', async () => {
    for (const parents of [[], [records[0]?.digest]]) {
      const log = [...records.slice(0, 2), await reseal({ ...records[2], parents })];
      const kind = parents.length === 0 ? 'unlinked' : 'forked';
      expect(found(await verifyCustody(log))).toEqual([kind]);
    }
  });

  it.each([
    [2, 'missing', 'Records 1 to 1 are missing.'],
    [5, 'missing', 'Records 1 to 4 are missing.'],
    [0, 'order', 'Record 0 stands where 1 belongs.'],
    [-1, 'order', 'Record -1 stands where 1 belongs.'],
  ])('finds a log that begins at %d', async (seq, kind, message) => {
    const log = [await reseal({ ...records[0], seq })];
    expect((await verifyCustody(log)).problems[0]).toMatchObject({ kind, message, index: 0 });
  });

  it('finds what is another task at its second record', async () => {
    const log = await rewrite(records, (_, index) => (index === 1 ? { taskId: 'task-2' } : {}));
    expect((await verifyCustody(log)).problems).toEqual([
      { kind: 'spliced', index: 1, recordId: 'record-2', message: 'Record 2 is of task task-2.' },
    ]);
  });

  it('has nothing to say about no records', async () => {
    // Strictly: it is JSON.
    expect(await verifyCustody([])).toStrictEqual({
      intact: true,
      problems: [],
      complete: 'unknown',
      records: 0,
      bodies: 0,
    });
  });

  it('reports a body that no record speaks of', async () => {
    const body = await sealBody('x', 'salt');
    expect((await verifyCustody(records, { bodies: [body] })).problems).toStrictEqual([
      { kind: 'body-edited', index: -1, message: `No record speaks of the body ${body.digest}.` },
    ]);
  });

  it('finds what has no digest and can have none', async () => {
    const { digest: _, ...record } = { ...records[0], source: Number.NaN };
    const { problems } = await verifyCustody([record as unknown as HandoffRecord]);
    expect(problems[0]).toMatchObject({ kind: 'edited', index: 0 });
  });

  it.each([undefined, null, 7, 'nowhere', {}])(
    'looks as far as it goes at a record whose parents are %j',
    async (parents) => {
      const log = [await reseal({ ...records[0], parents })];
      expect(found(await verifyCustody(log))).toEqual([]);
      expect(found(await verifyCustody([...log, ...records.slice(1)]))).toContain('unlinked');
    },
  );

  it('reports a body that was edited and that no record speaks of', async () => {
    const body = { ...(await sealBody('x', 'salt')), json: '"y"' };
    expect((await verifyCustody(records, { bodies: [body] })).problems).toEqual([
      {
        kind: 'body-edited',
        index: -1,
        message: `The body ${body.digest} is not what its digest says.`,
      },
    ]);
  });

  it('reports a body that is not in canonical form, though its digest is of just that text', async () => {
    const salt = 'salt';
    const json = '{"b": 1}';
    const digest = await sha256(saltedForm(json, salt));
    const log = await rewrite(records, () => ({ contextDigest: digest }));
    expect(found(await verifyCustody(log))).toEqual([]);
    const { problems } = await verifyCustody(log, { bodies: [{ digest, json, salt }] });
    expect(problems).toMatchObject([{ kind: 'body-edited', index: 2 }]);
  });

  const sample = sampled(5_000, 200);
  it(`never throws, whatever it is given (seed ${sample.seed})`, async () => {
    const keys = Object.keys(records[2] ?? {});
    const recordLike = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue());
    const logs = fc.array(fc.oneof(fc.jsonValue(), recordLike), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(logs, fc.array(fc.jsonValue(), { maxLength: 2 }), async (log, bodies) => {
        const report = await verifyCustody(log as never, { bodies: bodies as never });
        expect(report.intact).toBe(false);
        expect(report.problems.filter(({ kind }) => kind === 'edited')).toHaveLength(log.length);
      }),
      sample,
    );
  });
});

describe('the course of a handoff', () => {
  const base: RecordDraft = {
    at: '2026-11-24T09:00:00.000Z',
    contextDigest: 'c'.repeat(64),
    handoffId: 'h-1',
    ledger: openLedger(defaultLimits),
    origin: 'own',
    outcomeDigest: 'o'.repeat(64),
    reason: 'specialization',
    recordId: 'r-1',
    scope: ['*'],
    source: 'user',
    target: 'billing',
    taskId: 't-1',
    type: 'requested',
  };
  const ends = ['failed', 'cancelled'] as const;
  const begun: readonly RecordType[] = ['requested'];
  const asked: readonly RecordType[] = [...begun, 'approval-requested'];
  it.each<[readonly RecordType[], readonly RecordType[]]>([
    [[], ['requested']],
    [begun, ['accepted', 'rejected', 'approval-requested', ...ends]],
    [
      [...begun, 'accepted'],
      ['accepted', 'completed', 'approval-requested', ...ends],
    ],
    [asked, ['accepted', 'approval-decided', 'rejected', ...ends]],
    [
      [...asked, 'approval-decided'],
      ['accepted', 'completed', 'rejected', ...ends],
    ],
    [[...begun, 'rejected'], []],
  ])('behind %j is one of %j', async (before, allowed) => {
    for (const type of recordTypes.filter((one) => !isTaskRecord({ type: one }))) {
      const drafts = [...before, type].map((one) => ({ ...base, type: one }));
      const report = await verifyCustody(await sealRecords(undefined, drafts));
      expect([type, found(report)]).toEqual([type, allowed.includes(type) ? [] : ['transition']]);
    }
  });
});

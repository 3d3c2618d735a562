import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { hostileContext } from '../../test/hostile-context.ts';
import { sampled } from '../../test/sampled.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { createHandoffContext } from './create-handoff-context.ts';
import { handoffContextSchema } from './handoff-context-schema.ts';
import { message } from './message.ts';
import { messageSchema } from './message-schema.ts';
import { parseHandoffContext } from './parse-handoff-context.ts';

const context = createHandoffContext({
  sourceAgentId: 'triage',
  targetAgentId: 'billing',
  originalTask: 'Refund it',
  payload: { b: 1, a: [null] },
  findings: { 10: 'x', 9: { y: true } },
  keyMessages: [message.user('hi'), message.tool('a', 1, { isError: true })],
});

const refused = (value: unknown): HandoffError => {
  try {
    parseHandoffContext(value);
  } catch (thrown) {
    if (HandoffError.isInstance(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('was accepted');
};

describe('parseHandoffContext', () => {
  it('gives back what was written, as a copy with its keys in order', () => {
    const shuffled = Object.fromEntries(Object.entries(context).reverse());
    const parsed = parseHandoffContext(JSON.parse(JSON.stringify(shuffled)));
    expect(parsed).toStrictEqual(context);
    expect(JSON.stringify(parsed)).toBe(JSON.stringify(context));
    expect(parseHandoffContext(context)).not.toBe(context);
  });

  it('changes nothing: secrets of others are theirs', () => {
    const foreign = { ...context, findings: { password: 'x' } };
    expect(parseHandoffContext(foreign).findings).toEqual({ password: 'x' });
  });

  it.each([
    ['confidence', 2],
    ['createdAt', '2026-13-01T00:00:00Z'],
    ['deadlineAt', null],
    ['findings', []],
    ['handoffChain', ['user']],
    ['handoffId', '../x'],
    ['instructions', 7],
    ['keyMessages', [{ role: 'user', parts: [], extra: 1 }]],
    ['metadata', null],
    ['originalTask', ' '],
    ['parentIds', ['']],
    ['reason', 'why'],
    ['remaining', { handoffs: 1, tokens: 1, more: 1 }],
    ['scope', [1]],
    ['sourceAgentId', ''],
    ['stateSnapshot', 'x'],
    ['targetAgentId', 'user'],
    ['taskId', undefined],
    ['traceparent', 'x'],
  ])('refuses a wrong %s and names it', (field, value) => {
    const error = refused({ ...context, [field]: value });
    expect(error.code).toBe('INVALID_CONTEXT');
    expect(error.message).toContain(`context.${field}`);
  });

  it('names everything that is wrong, up to ten, and counts the rest', () => {
    const error = refused({ ...context, confidence: 7, reason: 'why' });
    expect(error.message).toMatch(
      /^context\.confidence: [^;]+; context\.reason: [^;]+"failure"\. Correct the fields named here\.$/,
    );
    expect(error.details['issues']).toMatchObject([
      { path: 'context.confidence' },
      { path: 'context.reason' },
    ]);
    const ten = { ...context, scope: Array(10).fill(7) };
    expect(refused(ten).details['issues']).toHaveLength(10);
    expect(refused(ten).message).not.toContain('more');
    const twelve = { ...context, scope: Array(12).fill(7) };
    expect(refused(twelve).details['issues']).toHaveLength(10);
    expect(refused(twelve).message).toContain('(and 2 more)');
  });

  it('refuses keys that it does not know', () => {
    expect(refused({ ...context, surprise: 1 }).message).toContain('surprise');
  });

  it('says that it does not know another version', () => {
    expect(refused({ ...context, version: 2 })).toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      message:
        'The context has version 2; this package reads version 1. Update @agent-handoff/core or send version 1.',
    });
    const long = refused({ version: 'x'.repeat(1_000) });
    expect(long.message.length).toBeLessThan(250);
    expect(long.details).toEqual({ supported: 1 });
    expect(refused({ version: '1' }).code).toBe('UNSUPPORTED_VERSION');
    const { version: _, ...without } = context;
    expect(refused(without).code).toBe('INVALID_CONTEXT');
  });

  it.each([null, 7, 'context', [], true])('refuses %j, which is none', (value) => {
    expect(refused(value).code).toBe('INVALID_CONTEXT');
  });

  it('says where it is no plain JSON', () => {
    const error = refused({ ...context, findings: { a: [() => 1] } });
    expect(error.message).toMatch(/^context\.findings\.a\[0\] is a function\./);
  });

  it('survives what overflows a stack or a memory', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200_000; i++) deep = [deep];
    const cyclic: Record<string, unknown> = { ...context };
    cyclic['payload'] = cyclic;
    const large = { ...context, payload: 'x'.repeat(2_000_000) };
    const polluted = JSON.parse('{"__proto__":{"version":1},"version":1}') as unknown;
    for (const value of [deep, { ...context, findings: { deep } }, cyclic, large, polluted]) {
      expect(refused(value).code).toBe('INVALID_CONTEXT');
    }
  });

  const sample = sampled(10_000, 300);
  const fields = Object.keys(context).concat('deadlineAt', 'instructions', 'traceparent', 'x');
  it(`throws nothing but its two codes (seed ${sample.seed})`, () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    const whole = fc.oneof(
      value,
      fc.tuple(fc.constantFrom(...fields), value).map(([key, odd]) => ({ ...context, [key]: odd })),
    );
    fc.assert(
      fc.property(whole, (given) => {
        try {
          const parsed = parseHandoffContext(given);
          expect(parseHandoffContext(JSON.parse(JSON.stringify(parsed)))).toStrictEqual(parsed);
        } catch (thrown) {
          if (!HandoffError.isInstance(thrown)) throw thrown;
          expect(['INVALID_CONTEXT', 'UNSUPPORTED_VERSION']).toContain(thrown.code);
        }
      }),
      sample,
    );
  });

  it(`is the identity after JSON for hostile contexts (seed ${sample.seed})`, () => {
    const names = fc.constantFrom('triage', 'billing', 'a_b-c');
    let read = 0;
    fc.assert(
      fc.property(hostileContext(names), (given) => {
        try {
          const made = createHandoffContext(given);
          expect(parseHandoffContext(JSON.parse(JSON.stringify(made)))).toStrictEqual(made);
          read += 1;
        } catch (thrown) {
          if (!HandoffError.isInstance(thrown)) throw thrown;
          expect(thrown.code).toBe('INVALID_CONTEXT');
        }
      }),
      sample,
    );
    expect(read).toBeGreaterThan(sample.numRuns / 10);
  });
});

describe('handoffContextSchema', () => {
  it('reads contexts by itself and answers the same object shape', () => {
    expect(handoffContextSchema.parse(context)).toEqual(context);
    expect(handoffContextSchema.safeParse({ ...context, payload: () => 1 }).success).toBe(false);
    expect(handoffContextSchema.safeParse({ ...context, findings: [] }).success).toBe(false);
  });

  it.each([
    ['originalTask', 'a\ud83d', 'contains half a surrogate pair'],
    ['originalTask', ' \n', 'must say what is to be done'],
    ['sourceAgentId', '', 'must be the id of an agent, or user'],
    ['targetAgentId', 'user', 'must be the id of an agent'],
    ['taskId', 'a/b', 'must be an id'],
    ['createdAt', 'today', 'must be a time in UTC (RFC 3339)'],
    ['traceparent', '00-0', 'must be a W3C traceparent'],
  ])('says of a wrong %s what it must be', (field, value, says) => {
    const { error } = handoffContextSchema.safeParse({ ...context, [field]: value });
    expect(error?.issues).toMatchObject([{ path: [field], message: says }]);
  });

  it('can be written as JSON Schema', () => {
    const schema = z.toJSONSchema(handoffContextSchema, { unrepresentable: 'any' });
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(Object.keys(schema.properties ?? {})).toContain('findings');
  });
});

describe('messageSchema', () => {
  const blob = (content: string) =>
    messageSchema.safeParse({
      role: 'user',
      parts: [{ type: 'blob', modality: 'image', content }],
    });

  it.each(['', 'QUJD', 'QUI=', 'QQ==', 'QUJDQUI=', 'QUJDQQ==', '+/09'])(
    'takes the bytes %j',
    (content) => {
      expect(blob(content).success).toBe(true);
    },
  );

  it.each(['Q', 'QQ', 'QUI', '=', 'Q=', 'Q===', 'QUI=QUJD', 'QU!=', '-_-_', ' QUJD', 'QUJD\n'])(
    'refuses %j, which is no Base64',
    (content) => {
      expect(blob(content).error?.issues).toMatchObject([
        { message: 'must be Base64 (RFC 4648 section 4)' },
      ]);
    },
  );

  it('reads every kind of part and refuses others', () => {
    const parts = [
      { type: 'text', content: 'x', providerMetadata: { a: 1 } },
      { type: 'reasoning', content: 'x' },
      { type: 'tool_call', id: 'a', name: 'b', arguments: null },
      { type: 'tool_call_response', id: 'a', response: [1], isError: false },
      { type: 'blob', modality: 'image', mimeType: 'image/png', content: 'QQ==' },
      { type: 'uri', modality: 'image', uri: 'https://x.test' },
      { type: 'file', modality: 'document', fileId: 'f' },
    ];
    expect(messageSchema.parse({ role: 'user', name: 'ann', parts })).toEqual({
      role: 'user',
      name: 'ann',
      parts,
    });
    const wrong = [
      { type: 'text' },
      { type: 'video', content: 'x' },
      { type: 'blob', modality: 'image', content: 'Q' },
      { type: 'text', content: 'x', extra: 1 },
      { type: 'tool_call', id: 'a', name: 'b', arguments: () => 1 },
    ];
    for (const part of wrong) {
      expect(messageSchema.safeParse({ role: 'user', parts: [part] }).success).toBe(false);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { createAgentState } from './agent-state.ts';
import { canonicalJson } from './canonical-json.ts';
import {
  type ContextEnvironment,
  type CreateHandoffContextOptions,
  createHandoffContext,
} from './create-handoff-context.ts';
import type { Json } from './json.ts';
import { message } from './message.ts';
import { parseHandoffContext } from './parse-handoff-context.ts';
import { plainJsonLimits } from './plain-walk.ts';
import { createRedactor } from './redact.ts';

const needed = { sourceAgentId: 'triage', targetAgentId: 'billing', originalTask: 'Refund it' };
const clock = { now: () => Date.UTC(2026, 10, 24), schedule: () => () => {} };

const refused = (fields: Record<string, unknown>): HandoffError => {
  try {
    createHandoffContext({ ...needed, ...fields } as unknown as CreateHandoffContextOptions);
  } catch (thrown) {
    if (HandoffError.isInstance(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('was accepted');
};

const everything: CreateHandoffContextOptions = {
  ...needed,
  confidence: 0.5,
  conversationSummary: '[USER]: hi',
  createdAt: '2026-11-24T09:30:00.123Z',
  deadlineAt: '2020-01-01T00:00:00Z',
  findings: { b: 1, a: { d: [1], c: null } },
  handoffChain: ['triage'],
  handoffId: 'h-1',
  instructions: 'Be kind',
  keyMessages: [
    message.user('hi'),
    {
      role: 'assistant',
      name: 'ann',
      parts: [{ type: 'tool_call', id: 'a', name: 'x', arguments: {} }],
    },
    message.tool('a', { ok: true }, { isError: false }),
    message.user([{ type: 'blob', modality: 'image', mimeType: 'image/png', content: 'AAAA' }]),
  ],
  metadata: { tenant: 't' },
  parentIds: ['h-0'],
  payload: { orderId: 7 },
  progressSummary: 'Half done',
  reason: 'escalation',
  remaining: { tokens: 10, handoffs: 2, costUsd: 0.5 },
  scope: ['orders:read'],
  stateSnapshot: { iteration: 2 },
  taskId: 't-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  version: 1,
};

describe('createHandoffContext', () => {
  it('fills every field that has a default', () => {
    let drawn = 0;
    const ids = (kind: string) => `${kind}-${++drawn}`;
    expect(createHandoffContext(needed, { clock, ids })).toStrictEqual({
      confidence: 0,
      createdAt: '2026-11-24T00:00:00.000Z',
      findings: {},
      handoffChain: [],
      handoffId: 'handoff-1',
      keyMessages: [],
      metadata: {},
      originalTask: 'Refund it',
      parentIds: [],
      reason: 'specialization',
      remaining: { handoffs: 25, tokens: 1_000_000 },
      scope: ['*'],
      sourceAgentId: 'triage',
      stateSnapshot: {},
      targetAgentId: 'billing',
      taskId: 'task-2',
      version: 1,
    });
  });

  it('draws unlike ids and the time of the machine by default', () => {
    const before = Date.now();
    const made = createHandoffContext(needed);
    expect(made.handoffId).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set([made.handoffId, made.taskId, createHandoffContext(needed).taskId]).size).toBe(
      3,
    );
    expect(Date.parse(made.createdAt)).toBeGreaterThanOrEqual(before);
  });

  it('may come from user', () => {
    const made = createHandoffContext({ ...needed, sourceAgentId: 'user' });
    expect(made.sourceAgentId).toBe('user');
    expect(parseHandoffContext(made)).toEqual(made);
  });

  it('keeps every field that is given', () => {
    expect(createHandoffContext(everything)).toEqual(everything);
    expect(createHandoffContext({ ...needed, payload: null })).toHaveProperty('payload', null);
  });

  it('has its keys in order, so that JSON.stringify writes the canonical form', () => {
    const made = createHandoffContext(everything);
    expect(Object.keys(made)).toEqual(Object.keys(made).sort());
    expect(JSON.stringify(made)).toBe(canonicalJson(made as unknown as Json));
    expect(JSON.stringify(made.remaining)).toBe('{"costUsd":0.5,"handoffs":2,"tokens":10}');
  });

  it('shares no object with its options', () => {
    const options = structuredClone(everything);
    const made = createHandoffContext(options);
    const before = structuredClone(made);
    (options.findings as Record<string, Json>)['b'] = 2;
    (options.scope as string[]).push('orders:write');
    (options.keyMessages as unknown[]).pop();
    (options.remaining as { tokens: number }).tokens = 99;
    expect(made).toEqual(before);
  });

  it('counts blank texts as absent', () => {
    const made = createHandoffContext({ ...needed, conversationSummary: '', instructions: ' \n' });
    expect(made).not.toHaveProperty('conversationSummary');
    expect(made).not.toHaveProperty('instructions');
    const undefinedFields = {
      ...needed,
      payload: undefined,
      deadlineAt: undefined,
      state: undefined,
    };
    expect(Object.values(createHandoffContext(undefinedFields))).not.toContain(undefined);
  });

  describe('with a state', () => {
    const state = createAgentState({
      agentId: 'triage',
      messages: [message.user('It is broken'), message.assistant('I will look')],
      toolHistory: ['a', 'b', 'c', 'd', 'e', 'f'],
      errors: ['1', '2', '3', '4'],
      iteration: 3,
      confidence: 0.6,
    });

    it('fills summary, snapshot and confidence, and no messages', () => {
      expect(createHandoffContext({ ...needed, state })).toMatchObject({
        confidence: 0.6,
        conversationSummary: '[USER]: It is broken\n[ASSISTANT]: I will look',
        keyMessages: [],
        stateSnapshot: {
          errors: ['2', '3', '4'],
          iteration: 3,
          toolHistory: ['b', 'c', 'd', 'e', 'f'],
        },
      });
    });

    it('prefers what is given', () => {
      const given = { confidence: 0.1, conversationSummary: 'mine', stateSnapshot: { a: 1 } };
      expect(createHandoffContext({ ...needed, state, ...given })).toMatchObject(given);
    });

    it('hands on messages only when asked', () => {
      expect(createHandoffContext({ ...needed, state, keepMessages: true }).keyMessages).toEqual(
        state.messages,
      );
      expect(createHandoffContext({ ...needed, state, keepMessages: false }).keyMessages).toEqual(
        [],
      );
    });

    it('hands on as many messages as asked, and refuses what is no number', () => {
      const last = state.messages.slice(-1);
      expect(createHandoffContext({ ...needed, state, keepMessages: 1 }).keyMessages).toEqual(last);
      expect(createHandoffContext({ ...needed, state, keepMessages: 0 }).keyMessages).toEqual([]);
      for (const keepMessages of [-1, 1.5, Number.NaN, 'all' as never]) {
        expect(() => createHandoffContext({ ...needed, state, keepMessages })).toThrow(/max is/);
      }
    });

    it('writes no summary where one is given', () => {
      const summarize = () => {
        throw new Error('was asked');
      };
      const given = { ...needed, state, conversationSummary: 'mine' };
      expect(createHandoffContext(given, { summarize })).toMatchObject({
        conversationSummary: 'mine',
      });
    });

    it('redacts the summary as told', () => {
      const token = `ghp_${'a'.repeat(36)}`;
      const told = { ...state, messages: [message.user(`use ${token}`)] };
      const summaryOf = (environment: ContextEnvironment) =>
        createHandoffContext({ ...needed, state: told }, environment).conversationSummary;
      expect(summaryOf({})).toBe('[USER]: use [redacted]');
      expect(summaryOf({ redact: createRedactor(false) })).toBe(`[USER]: use ${token}`);
    });

    it('takes another way to summarize, and leaves an empty summary out', () => {
      const summarize = (messages: readonly unknown[]) => `${messages.length} messages`;
      expect(createHandoffContext({ ...needed, state }, { summarize })).toMatchObject({
        conversationSummary: '2 messages',
      });
      const empty = createHandoffContext({ ...needed, state: { ...state, messages: [] } });
      expect(empty).not.toHaveProperty('conversationSummary');
    });
  });

  it('redacts everything that people write, by default and as told', () => {
    const secret = `ghp_${'a'.repeat(36)}`;
    const made = createHandoffContext({
      ...needed,
      originalTask: `use ${secret}`,
      conversationSummary: secret,
      progressSummary: secret,
      instructions: secret,
      findings: { password: 'x', note: secret },
      payload: [secret],
      metadata: { apiKey: 'x' },
      stateSnapshot: { errors: [secret] },
      keyMessages: [message.user(secret)],
    });
    expect(JSON.stringify(made)).not.toContain(secret);
    expect(made.findings).toEqual({ note: '[redacted]', password: '[redacted]' });
    expect(made.metadata).toEqual({ apiKey: '[redacted]' });
    const open = createHandoffContext(
      { ...needed, findings: { password: 'x' } },
      { redact: createRedactor(false) },
    );
    expect(open.findings).toEqual({ password: 'x' });
    const redact = createRedactor({ keys: ['pin'] });
    expect(createHandoffContext({ ...needed, payload: { pin: '1' } }, { redact }).payload).toEqual({
      pin: '[redacted]',
    });
  });

  it.each<[string, unknown]>([
    ['confidence', Number.NaN],
    ['confidence', 1.01],
    ['confidence', -0.01],
    ['confidence', '0.5'],
    ['sourceAgentId', ''],
    ['sourceAgentId', 'a b'],
    ['sourceAgentId', '-a'],
    ['sourceAgentId', 'a'.repeat(52)],
    ['sourceAgentId', undefined],
    ['targetAgentId', 'user'],
    ['targetAgentId', 'User'],
    ['targetAgentId', 7],
    ['originalTask', ''],
    ['originalTask', ' \n'],
    ['originalTask', undefined],
    ['originalTask', 'half \ud83d'],
    ['conversationSummary', 7],
    ['instructions', null],
    ['progressSummary', {}],
    ['reason', 'because'],
    ['handoffId', ''],
    ['handoffId', 'a/b'],
    ['taskId', 'x'.repeat(129)],
    ['parentIds', ['ok', 'not ok']],
    ['parentIds', 'h-0'],
    ['handoffChain', ['user']],
    ['handoffChain', [undefined]],
    ['scope', ['']],
    ['scope', '*'],
    ['scope', [7]],
    ['deadlineAt', 'tomorrow'],
    ['deadlineAt', '2026-02-30T00:00:00Z'],
    ['deadlineAt', '2026-11-24T09:30:00+01:00'],
    ['createdAt', 7],
    ['traceparent', '00-0'],
    ['findings', []],
    ['findings', null],
    ['findings', { a: () => 1 }],
    ['metadata', new Map()],
    ['stateSnapshot', 'x'],
    ['payload', 1n],
    ['remaining', { handoffs: -1, tokens: 1 }],
    ['remaining', { handoffs: 1.5, tokens: 1 }],
    ['remaining', { handoffs: 1 }],
    ['remaining', { handoffs: 1, tokens: 1, costUsd: Number.POSITIVE_INFINITY }],
    ['remaining', null],
    ['keyMessages', [{ role: 'robot', parts: [] }]],
    ['keyMessages', [{ role: 'user', parts: [{ type: 'text' }] }]],
    ['keyMessages', [{ role: 'user', parts: [{ type: 'blob', modality: 'image', content: '!' }] }]],
    ['keyMessages', [{ role: 'user', content: 'hi' }]],
    ['keyMessages', {}],
    ['keyMessages', [undefined]],
  ])('refuses a wrong %s and names it', (field, value) => {
    const error = refused({ [field]: value });
    expect(error.code).toBe('INVALID_CONTEXT');
    expect(error.message).toMatch(new RegExp(`^${field}\\b`));
  });

  const sayTheTask =
    'Pass text that says what is to be done: the task of a handoff, or the input of a run.';
  it.each<[string, unknown, string]>([
    ['confidence', 2, 'is 2. Pass a number from 0 to 1.'],
    ['createdAt', 7, 'is 7. Pass a time in UTC such as 2026-11-24T09:30:00Z (RFC 3339).'],
    ['deadlineAt', 7, 'is 7. Pass a time in UTC such as 2026-11-24T09:30:00Z (RFC 3339).'],
    [
      'handoffChain[0]',
      ['user'],
      'is "user". Pass the id of an agent ([A-Za-z0-9][A-Za-z0-9_-]{0,50}, not user).',
    ],
    ['handoffId', '', 'is "". Pass an id of letters, digits and . _ : -, at most 128 characters.'],
    ['originalTask', ' ', `is blank. ${sayTheTask}`],
    ['originalTask', 7, `is not a string. ${sayTheTask}`],
    ['reason', 'x', 'is "x". Pass a reason of handoffReasons.'],
    ['scope[1]', ['a', ''], 'is "". Pass a name that is not empty.'],
    [
      'sourceAgentId',
      'a b',
      'is "a b". Pass the id of an agent ([A-Za-z0-9][A-Za-z0-9_-]{0,50}) or user.',
    ],
    ['traceparent', '00-0', 'is "00-0". Pass a traceparent of W3C Trace Context.'],
  ])('says of a wrong %s what belongs there', (path, value, words) => {
    const field = path.replace(/\W.*/, '');
    expect(refused({ [field]: value }).message).toBe(`${path} ${words}`);
  });

  it('says so where the options throw when they are read', () => {
    const cause = new Error('boom');
    const hostile = {
      get scope() {
        throw cause;
      },
    };
    expect(() => createHandoffContext(hostile as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONTEXT',
        message: 'options throws when it is read. Pass a plain object.',
        cause,
      }),
    );
  });

  it('refuses another version, odd options, and a state that is not one', () => {
    expect(refused({ version: 2 })).toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      message: 'version is not 1. Leave it out.',
    });
    for (const odd of [null, undefined, 7, 'x']) {
      expect(() => createHandoffContext(odd as never)).toThrow(
        'options is not an object. Pass an object with the fields of the context.',
      );
    }
    const unlisted = new Proxy({}, { ownKeys: () => [Symbol(), 7] as never });
    expect(() => createHandoffContext(unlisted as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONTEXT' }),
    );
    expect(refused({ state: { agentId: 'a' } }).code).toBe('INVALID_CONTEXT');
    expect(refused({ state: 7 }).code).toBe('INVALID_CONTEXT');
  });

  it('shares one size limit among all fields, and its result can be read back', () => {
    const half = 'x'.repeat(plainJsonLimits.maxCharacters / 2);
    expect(refused({ findings: { a: half }, payload: half }).message).toMatch(/too large/);
    const many = (count: number) => ({ payload: Array.from({ length: count }, () => 0) });
    expect(refused(many(plainJsonLimits.maxNodes - 64)).message).toMatch(
      /Hand over (?:fewer|less)/,
    );
    const most = createHandoffContext({ ...everything, ...many(plainJsonLimits.maxNodes - 128) });
    expect(parseHandoffContext(most)).toEqual(most);
    const room = plainJsonLimits.maxCharacters - 2_048 - needed.originalTask.length;
    const largest = createHandoffContext({
      ...everything,
      ...needed,
      findings: {},
      keyMessages: [],
      conversationSummary: '',
      progressSummary: '',
      instructions: '',
      metadata: {},
      stateSnapshot: {},
      scope: [],
      parentIds: [],
      handoffChain: [],
      payload: 'x'.repeat(room),
    });
    expect(parseHandoffContext(largest)).toEqual(largest);
  });

  it('takes deep values whole contexts can carry, and no deeper', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const deep = createHandoffContext({ ...needed, payload: nested(31) });
    expect(parseHandoffContext(JSON.parse(JSON.stringify(deep)))).toEqual(deep);
    expect(refused({ payload: nested(32) }).message).toMatch(/deeper than 32/);
    for (const field of ['findings', 'metadata', 'stateSnapshot']) {
      expect(createHandoffContext({ ...needed, [field]: { a: nested(30) } })).toHaveProperty(field);
      expect(refused({ [field]: { a: nested(31) } }).message).toMatch(/deeper than 32/);
    }
    const call = (depth: number) => [
      message.assistant([
        { type: 'tool_call', id: 'a', name: 'x', arguments: nested(depth) as Json },
      ]),
    ];
    expect(createHandoffContext({ ...needed, keyMessages: call(27) }).keyMessages).toHaveLength(1);
    expect(refused({ keyMessages: call(28) }).message).toMatch(/deeper than 32/);
  });

  const sample = sampled(10_000, 300);
  it(`throws nothing but INVALID_CONTEXT, and what it makes can be read back (seed ${sample.seed})`, () => {
    const hostile = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
      withUnicodeString: true,
    });
    const keys = Object.keys(everything).concat('state', 'keepMessages');
    let made = 0;
    fc.assert(
      fc.property(fc.constantFrom(...keys), hostile, fc.anything(), (key, value, extra) => {
        const options = { ...everything, findings: { extra }, [key]: value };
        let context: unknown;
        try {
          context = createHandoffContext(options as CreateHandoffContextOptions);
        } catch (thrown) {
          expect(HandoffError.isInstance(thrown) && thrown.code).toMatch(
            /^INVALID_CONTEXT|UNSUPPORTED/,
          );
          return;
        }
        made += 1;
        expect(parseHandoffContext(JSON.parse(JSON.stringify(context)))).toStrictEqual(context);
        expect(canonicalJson(context as Json)).toBe(
          canonicalJson(JSON.parse(JSON.stringify(context))),
        );
      }),
      sample,
    );
    expect(made).toBeGreaterThan(sample.numRuns / 50);
  });
});

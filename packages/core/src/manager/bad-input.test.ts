import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { managed } from '../../test/managed.ts';
import {
  never,
  report,
  type Script,
  scriptedAgent,
  tokens,
  untilAborted,
} from '../../test/scripted-agent.ts';
import { turns } from '../../test/turns.ts';
import { createHandoffAgent } from '../agent/create-handoff-agent.ts';
import { createAgentState } from '../context/agent-state.ts';
import { message } from '../context/message.ts';
import { errorCodes } from '../errors/error-code.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { PatternResult } from '../patterns/pattern-result.ts';
import type { ExecuteOptions } from './handoff-input.ts';
import type { HandoffManager } from './handoff-manager.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

function desk() {
  const billing = scriptedAgent('billing');
  return { billing, ...managed({ agents: [billing, scriptedAgent('legal')] }) };
}

/** The one error of a call, thrown or in its result. */
async function errorOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return ((await call()) as HandoffResult).error;
  } catch (thrown) {
    expect(HandoffError.isInstance(thrown), String(thrown)).toBe(true);
    return (thrown as HandoffError).toJSON();
  }
}

const state = (fields: object): unknown => ({ ...createAgentState({ agentId: 'x' }), ...fields });
let deep: unknown = 'bottom';
for (let i = 0; i < 5_000; i++) deep = [deep];
const cyclic: unknown[] = [];
cyclic.push(cyclic);

const wrong: [string, object, RegExp, string?][] = [
  ['an unknown target', { target: 'sales' }, /"sales".*billing, legal/s, 'AGENT_NOT_FOUND'],
  ['a target of the prototype', { target: '__proto__' }, /__proto__/, 'AGENT_NOT_FOUND'],
  ['the target user', { target: 'user' }, /"user"/, 'AGENT_NOT_FOUND'],
  ['a target that is no text', { target: 7 }, /7/, 'AGENT_NOT_FOUND'],
  ['no target', { target: undefined }, /target/, 'AGENT_NOT_FOUND'],
  ['an unknown source', { source: 'sales' }, /source "sales"/, 'AGENT_NOT_FOUND'],
  ['an empty source', { source: '' }, /source ""/, 'AGENT_NOT_FOUND'],
  ['no task', { task: undefined }, /originalTask is not a string.*the task of a handoff/],
  ['a blank task', { task: ' \n' }, /originalTask is blank/],
  ['a task that is no text', { task: { do: 'it' } }, /originalTask is not a string/],
  ['a task that is too long', { task: 'x'.repeat(1_048_577) }, /originalTask.*too large/],
  ['half a surrogate pair', { task: 'x\udc00' }, /originalTask.*surrogate/],
  ['an unknown reason', { reason: 'boredom' }, /reason is "boredom"/],
  ['findings of NaN', { findings: { n: Number.NaN } }, /findings\.n is NaN/],
  ['findings that are a list', { findings: ['a'] }, /findings is not an object/],
  ['findings with __proto__', { findings: JSON.parse('{"__proto__":{}}') }, /__proto__/],
  ['findings too deep', { findings: { deep } }, /findings.*nested deeper/],
  ['findings in a circle', { findings: { cyclic } }, /findings.*contains itself/],
  ['findings with a date', { findings: { at: new Date(0) } }, /findings\.at.*class/],
  ['findings with a map', { findings: new Map() }, /findings.*class/],
  ['findings with a function', { findings: { f: () => 1 } }, /findings\.f is a function/],
  ['findings too many', { findings: { l: Array(200_000).fill(0) } }, /findings\.l has 200000/],
  [
    'findings that throw',
    {
      findings: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    },
    /findings throws/,
  ],
  ['a bigint payload', { payload: { n: 1n } }, /payload\.n is a bigint/],
  ['an unsafe integer', { payload: 2 ** 53 }, /payload is an integer beyond/],
  ['instructions that are no text', { instructions: 7 }, /instructions is not a string/],
  ['metadata that is text', { metadata: 'x' }, /metadata is not an object/],
  ['a scope that is no list', { scope: 'read' }, /scope/],
  ['a scope that is a number', { scope: -1 }, /scope is -1/],
  ['a scope of nothing', { scope: null }, /scope is null/],
  ['a scope that is text with everything in it', { scope: 'read*' }, /scope is "read\*"/],
  ['an empty name in the scope', { scope: [''] }, /scope\[0\]/],
  ['a number in the scope', { scope: [7] }, /scope\[0\]/],
  ['a deadline that is none', { deadlineAt: 'tomorrow' }, /deadlineAt is "tomorrow"/],
  ['a deadline on no day', { deadlineAt: '2026-02-30T00:00:00Z' }, /deadlineAt/],
  ['a deadline of a date', { deadlineAt: new Date(0) }, /deadlineAt/],
  ['a deadline that can be no text', { deadlineAt: { toString: 1 } }, /deadlineAt/],
  ['a traceparent that is none', { traceparent: 'abc' }, /traceparent/],
  ['an unknown parent', { parent: 'handoff-99' }, /"handoff-99" is not in the store/],
  ['a parent without an id', { parent: {} }, /parent/],
  ['a parent of null', { parent: null }, /parent/],
  ['a state of null', { state: null }, /state/],
  ['a state without messages', { state: {} }, /state/],
  ['a state whose messages are no list', { state: state({ messages: 7 }) }, /state/],
  ['a state whose messages are none', { state: state({ messages: ['hi'] }) }, /state/],
  [
    'a state with a confidence of NaN',
    { state: state({ confidence: Number.NaN }) },
    /confidence is NaN/,
  ],
  ['a state with a confidence of 2', { state: state({ confidence: 2 }) }, /confidence is 2/],
  [
    'messages that no message may be',
    {
      state: state({ messages: [{ role: 'user', parts: [{ type: 'text', content: 7 }] }] }),
      keepMessages: true,
    },
    /keyMessages|state/,
  ],
];

describe.each<[string, (manager: HandoffManager, input: never) => Promise<unknown>]>([
  ['executeHandoff', (manager, input) => manager.executeHandoff(input)],
  ['createHandoff', (manager, input) => manager.createHandoff(input)],
  ['submitHandoff', (manager, input) => manager.submitHandoff(input)],
  ['streamHandoff', (manager, input) => manager.streamHandoff(input).result],
  ['preflight', (manager, input) => manager.preflight(input)],
])('%s with', (_, run) => {
  it.each(wrong)(
    '%s: one coded error, nothing written, nothing called',
    async (_, change, says, code = 'INVALID_CONTEXT') => {
      const { manager, billing, store, clock } = desk();
      const error = await errorOf(() => run(manager, { ...toBilling, ...change } as never));
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(says),
        retryable: false,
      });
      expect((error as HandoffError).message.length).toBeLessThan(600);
      expect(billing.calls).toEqual([]);
      await turns(3);
      expect((await store.query({})).handoffs).toEqual([]);
      expect(clock.waiting).toBe(0);
      // And the manager goes on.
      expect((await manager.executeHandoff(toBilling)).status).toBe('completed');
    },
  );

  it('a payload that is not what the target takes: one coded error, nothing written', async () => {
    const script = scriptedAgent('billing');
    const payloadSchema = z.object({ amount: z.number() });
    const taking = { ...createHandoffAgent({ id: 'billing', payloadSchema }), ...script };
    const { manager, store } = managed({ agents: [taking] });
    for (const payload of [undefined, null, { amount: '12' }, { amount: Number.NaN }, {}]) {
      expect(await errorOf(() => run(manager, { ...toBilling, payload } as never))).toMatchObject({
        code: 'INVALID_PAYLOAD',
        message: expect.stringMatching(/"billing".*payloadSchema/),
        details: { target: 'billing' },
        retryable: false,
      });
    }
    expect(script.calls).toEqual([]);
    expect((await store.query({})).handoffs).toEqual([]);
  });

  it.each([undefined, null, 7, 'billing', []])(
    '%s in the place of the input: a coded error',
    async (input) => {
      const { manager } = desk();
      expect(await errorOf(() => run(manager, input as never))).toMatchObject({
        code: expect.stringMatching(/^(INVALID_CONFIGURATION|AGENT_NOT_FOUND)$/),
      });
    },
  );
});

describe('a handoff within a task with', () => {
  it.each<[string, object, RegExp]>([
    ['findings that are a list', { findings: ['a'] }, /findings is not an object/],
    ['findings that are text', { findings: 'abc' }, /findings is not an object/],
    ['findings of a class', { findings: new Date(0) }, /findings.*class/],
    ['metadata that is a list', { metadata: [] }, /metadata is not an object/],
    [
      'findings that throw',
      {
        findings: new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no');
            },
          },
        ),
      },
      /findings throws/,
    ],
    ['an unknown field', { finding: {} }, /"finding"/],
  ])('%s: one coded error, nothing written', async (_, change, says) => {
    const { manager, log } = desk();
    const parent = await manager.executeHandoff({ ...toBilling, findings: { a: 1 }, metadata: {} });
    const next = { target: 'legal', task: 'Check', parent, ...change } as never;
    expect(await errorOf(() => manager.executeHandoff(next))).toMatchObject({
      code: expect.stringMatching(/^(INVALID_CONTEXT|INVALID_CONFIGURATION)$/),
      message: expect.stringMatching(says),
    });
    expect(await log(parent.taskId)).toHaveLength(3);
  });
});

describe('chainHandoff with', () => {
  it.each<[string, object, string]>([
    ['no targets', { targets: [] }, 'INVALID_CONFIGURATION'],
    ['targets that are no list', { targets: 'billing' }, 'INVALID_CONFIGURATION'],
    ['targets left out', { targets: undefined }, 'INVALID_CONFIGURATION'],
    ['a target of null', { targets: [null] }, 'AGENT_NOT_FOUND'],
    ['an unknown first target', { targets: ['sales', 'billing'] }, 'AGENT_NOT_FOUND'],
    ['a blank task', { targets: ['billing'], task: '' }, 'INVALID_CONTEXT'],
    ['findings of NaN', { targets: ['billing'], findings: { n: Number.NaN } }, 'INVALID_CONTEXT'],
  ])('%s: one coded error, nothing written', async (_, change, code) => {
    const { manager, store } = desk();
    const chain = { targets: ['billing'], task: 'Refund', ...change } as never;
    expect(await errorOf(() => manager.chainHandoff(chain))).toMatchObject({ code });
    expect((await store.query({})).handoffs).toEqual([]);
  });

  it('what can’t be recorded with it: it says where that is in the run', async () => {
    const { manager, store } = desk();
    const chain = { targets: ['billing'], task: 'Refund' } as const;
    const options = { timeoutMs: Number.POSITIVE_INFINITY };
    expect((await manager.chainHandoff(chain, options)).error).toMatchObject({
      code: 'INVALID_CONTEXT',
      message: expect.stringContaining('run.input.steps[0].timeoutMs is Infinity'),
    });
    expect((await store.query({})).handoffs).toEqual([]);
  });
});

type CallPattern = (
  manager: HandoffManager,
  input: object,
  options?: ExecuteOptions,
) => Promise<PatternResult>;

describe.each<[string, CallPattern]>([
  ['chainHandoff', (manager, input, options) => manager.chainHandoff(input as never, options)],
  [
    'failoverHandoff',
    (manager, input, options) => manager.failoverHandoff(input as never, options),
  ],
  [
    'escalateHandoff',
    (manager, input, options) => manager.escalateHandoff({ ...input, until: 0 } as never, options),
  ],
  [
    'parallelHandoff',
    (manager, input, options) => manager.parallelHandoff(input as never, options),
  ],
])('%s with', (_, run) => {
  it('an unknown later target: nobody before it is called, and nothing is written', async () => {
    const { manager, billing, store } = desk();
    const targets = ['billing', { target: 'sales' }];
    expect(await run(manager, { targets, task: 'Refund' })).toMatchObject({
      status: 'rejected',
      targetAgentId: 'sales',
      error: { code: 'AGENT_NOT_FOUND', message: expect.stringMatching(/"sales".*billing, legal/) },
      steps: [],
    });
    expect(billing.calls).toEqual([]);
    expect((await store.query({})).handoffs).toEqual([]);
  });

  it('a later target that is gone since: under its key, what was recorded', async () => {
    const { manager, store } = desk();
    const input = { targets: ['billing', 'legal'], task: 'Refund' };
    const first = await run(manager, input, { idempotencyKey: 'k' });
    expect(first.status).toBe('completed');
    const later = managed({ agents: [scriptedAgent('billing')], store });
    expect(await run(later.manager, input, { idempotencyKey: 'k' })).toEqual(first);
  });
});

describe('a context from outside', () => {
  it.each<[string, object, RegExp]>([
    ['a confidence of NaN', { confidence: Number.NaN }, /confidence is NaN/],
    ['a confidence of 2', { confidence: 2 }, /confidence is 2/],
    ['a handoff id that is none', { handoffId: 'no id!' }, /handoffId/],
    ['a task id of a path', { taskId: '../etc' }, /taskId/],
    ['a creation on no day', { createdAt: '2026-13-01T00:00:00Z' }, /createdAt/],
    [
      'nothing left that is no number',
      { remaining: { handoffs: 'many', tokens: 1 } },
      /remaining\.handoffs/,
    ],
    ['key messages that are none', { keyMessages: [{ role: 'boss' }] }, /keyMessages/],
    ['parents that are no list', { parentIds: 'handoff-1' }, /parentIds/],
    ['a chain that is no list', { handoffChain: 'billing' }, /handoffChain/],
    ['a snapshot that is no object', { stateSnapshot: 7 }, /stateSnapshot/],
    ['half a surrogate pair', { originalTask: 'x\ud83d' }, /originalTask.*surrogate/],
    ['instructions that are too long', { instructions: 'x'.repeat(1_048_577) }, /too large/],
    ['findings too deep', { findings: { deep } }, /findings.*nested deeper/],
    ['findings with __proto__', { findings: JSON.parse('{"__proto__":{}}') }, /__proto__/],
    ['a payload in a circle', { payload: cyclic }, /payload.*contains itself/],
    ['a deadline on no day', { deadlineAt: '2026-02-30T00:00:00Z' }, /deadlineAt/],
  ])('with %s: INVALID_CONTEXT, nothing written', async (_, change, says) => {
    const { manager, store, billing } = desk();
    const far = managed({ agents: [scriptedAgent('billing')], ids: (kind) => `${kind}-far` });
    const context = await far.manager.createHandoff(toBilling);
    expect(
      await errorOf(() => manager.executeHandoff({ ...context, ...change } as typeof context)),
    ).toMatchObject({ code: 'INVALID_CONTEXT', message: expect.stringMatching(says) });
    expect(billing.calls).toEqual([]);
    expect((await store.query({})).handoffs).toEqual([]);
  });
});

describe('a task that was opened says what happened to it:', () => {
  let leave = (): void => {};
  it.each<[string, Script, string, string]>([
    [
      'the agent throws',
      () => {
        throw new Error('disk full');
      },
      'failed',
      'AGENT_FAILED',
    ],
    ['the agent rejects', () => Promise.reject(new Error('disk full')), 'failed', 'AGENT_FAILED'],
    ['the agent never answers', never, 'failed', 'DEADLINE_EXCEEDED'],
    ['the agent answers when it is stopped', untilAborted, 'failed', 'DEADLINE_EXCEEDED'],
    ['the agent answers nonsense', () => ({ status: 'fine' }), 'failed', 'INVALID_OUTPUT'],
    ['the agent answers nothing', () => report({ output: '' }), 'failed', 'EMPTY_OUTPUT'],
    ['the agent stops short', () => report({ status: 'incomplete' }), 'failed', 'INCOMPLETE'],
    [
      'the caller aborts',
      () => {
        leave();
        return never(undefined as never);
      },
      'cancelled',
      'CANCELLED',
    ],
  ])('%s', async (_, script, type, code) => {
    const caller = new AbortController();
    leave = () => caller.abort();
    const { manager, clock, log, expectEnded } = managed({
      agents: [scriptedAgent('billing', script)],
    });
    const running = manager.executeHandoff(toBilling, { signal: caller.signal });
    await clock.advance(300_000);
    const result = await running;
    expect(result).toMatchObject({ status: type, error: { code } });
    expect(await log(result.taskId)).toEqual([
      'requested user>billing',
      'accepted user>billing',
      `${type} user>billing ${code}`,
    ]);
    expect((await manager.get(result.handoffId))?.result).toEqual(result);
    await expectEnded(result.taskId);
  });

  it('a rule refuses it', async () => {
    const { manager, log, billing, expectEnded } = desk();
    const result = await manager.executeHandoff({ ...toBilling, source: 'billing' });
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'CYCLE' } });
    expect(await log(result.taskId)).toEqual([
      'requested billing>billing',
      'rejected billing>billing CYCLE',
    ]);
    expect(billing.calls).toEqual([]);
    await expectEnded(result.taskId);
  });
});

describe('what an application plugs in and that breaks', () => {
  const boom = () => {
    throw new Error('boom');
  };

  it.each<[string, object, string, boolean]>([
    [
      'a policy that throws',
      { policies: [{ name: 'guard', decide: boom }] },
      'POLICY_DENIED',
      true,
    ],
    [
      'a policy that rejects',
      { policies: [{ name: 'guard', decide: async () => boom() }] },
      'POLICY_DENIED',
      true,
    ],
    [
      'a policy that answers nothing',
      { policies: [{ name: 'guard', decide: () => undefined }] },
      'POLICY_DENIED',
      true,
    ],
    [
      'a policy that answers true',
      { policies: [{ name: 'guard', decide: () => true }] },
      'POLICY_DENIED',
      true,
    ],
    [
      'a policy that answers half a surrogate pair',
      { policies: [{ name: 'guard', decide: () => ({ deny: 'x\ud83d' }) }] },
      'POLICY_DENIED',
      true,
    ],
    [
      'a policy that answers a book',
      { policies: [{ name: 'guard', decide: () => ({ deny: 'x'.repeat(2_000_000) }) }] },
      'POLICY_DENIED',
      true,
    ],
    ['a price that throws', { price: boom }, 'INVALID_OUTPUT', true],
    ['an estimateConfidence that throws', { estimateConfidence: boom }, 'INVALID_OUTPUT', true],
    [
      'an estimateConfidence of NaN',
      { estimateConfidence: () => Number.NaN },
      'INVALID_OUTPUT',
      true,
    ],
    ['a summarize that throws', { summarize: boom }, 'INVALID_CONTEXT', false],
    ['a summarize that gives no text', { summarize: () => 7 }, 'INVALID_CONTEXT', false],
    ['ids that are none', { ids: () => 'not an id!' }, 'INVALID_CONTEXT', false],
  ])('%s: one coded error', async (_, options, code, recorded) => {
    const billing = scriptedAgent('billing', () => report(tokens(5)));
    const { manager, store, expectEnded } = managed({ agents: [billing], ...options });
    const input = {
      ...toBilling,
      state: createAgentState({ agentId: 'x', messages: [message.user('hi')] }),
    };
    const result = await manager.executeHandoff(input);
    expect(result).toMatchObject({ error: { code } });
    expect(errorCodes[code as 'INVALID_CONTEXT'].outcome).toBe(result.status);
    expect((await store.query({})).handoffs).toHaveLength(recorded ? 1 : 0);
    if (recorded) await expectEnded(result.taskId);
  });

  it('a policy that refuses with a secret: hidden in the record and the result', async () => {
    const deny = 'no sk-abcdefghijklmnopqrstuvwx';
    const { manager } = managed({
      agents: [scriptedAgent('billing')],
      policies: [{ name: 'guard', decide: () => ({ deny }) }],
    });
    const result = await manager.executeHandoff(toBilling);
    expect(result.error?.message).toMatch(/no \[redacted\]$/);
    expect((await manager.get(result.handoffId))?.result).toEqual(result);
  });

  it('a channel that throws loses its events, and nothing else', async () => {
    const talker = scriptedAgent('billing', ({ options }) => {
      options.onEvent?.({ type: 'output-delta', delta: 'x' });
      return 'done';
    });
    const { manager, expectEnded } = managed({
      agents: [talker],
      events: { publish: boom, subscribe: () => () => {} },
    });
    const result = await manager.executeHandoff(toBilling);
    expect(result).toMatchObject({ status: 'completed', output: 'done' });
    await expectEnded(result.taskId);
  });
});

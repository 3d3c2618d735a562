import { describe, expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { callTools } from '../../test/tool-calls.ts';
import type { AgentReport } from '../agent/agent-report.ts';
import { message } from '../context/message.ts';
import { type ErrorCode, errorCodes } from '../errors/error-code.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffResult } from './handoff-result.ts';

/** What a manager makes of one answer: its result, after its log was checked. */
async function outcomeOf(
  script: () => unknown,
  options: { readonly findings?: Record<string, string>; readonly price?: () => number } = {},
): Promise<HandoffResult & { readonly spentTokens: number }> {
  const { findings, ...managerOptions } = options;
  const { manager, store, log, expectEnded } = managed({
    agents: [scriptedAgent('billing', script)],
    ...managerOptions,
  });
  const result = await manager.executeHandoff({
    target: 'billing',
    task: 'Refund order 1182',
    ...(findings ? { findings } : {}),
  });
  const { taskId, handoffId, error } = result;
  const end = `${result.status} user>billing${error ? ` ${error.code}` : ''}`;
  expect(await log(taskId)).toEqual(['requested user>billing', 'accepted user>billing', end]);
  if (result.status !== 'awaiting-approval') await expectEnded(taskId);
  // Whoever reads it later reads the same.
  expect((await manager.get(handoffId))?.result).toEqual(result);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  const head = (await store.readTask(taskId)).at(-1);
  return { ...result, spentTokens: head?.ledger.used.tokens ?? -1 };
}

const hugeText = 'x'.repeat(1_100_000);
const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;
let deep: unknown = 'bottom';
for (let i = 0; i < 40; i++) deep = { deep };

describe('a report that is no report', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'is not an object'],
    ['null', null, 'is not an object'],
    ['a number', 7, 'is not an object'],
    ['no status', { output: 'x' }, 'status'],
    ['another status', { status: 'done', output: 'x' }, 'status'],
    ['no output', { status: 'completed' }, 'output'],
    ['an output that is no text', report({ output: 7 as never }), 'output'],
    ['findings that are a list', report({ findings: ['a'] as never }), 'findings'],
    ['findings that are text', report({ findings: 'a' as never }), 'findings'],
    ['messages that are no list', report({ messages: {} as never }), 'messages'],
    ['messages that are no messages', report({ messages: ['hi'] as never }), 'messages'],
    ['a message of null', report({ messages: [null] as never }), 'messages'],
    ['a message without parts', report({ messages: [{ role: 'user' }] as never }), 'messages'],
    [
      'a message of another role',
      report({ messages: [{ role: 'boss', parts: [] }] as never }),
      'messages',
    ],
    [
      'a message with a part that is none',
      report({ messages: [{ role: 'user', parts: ['hi'] }] as never }),
      'messages',
    ],
    ['custody without a head', report({ custody: { taskId: 't' } as never }), 'custody'],
    ['a transfer that is null', report({ output: '', transfer: null as never }), 'transfer'],
    [
      'a transfer whose task is none',
      report({
        transfer: { target: 'a', reason: 'delegation', toolCallId: 'c', task: 7 } as never,
      }),
      'transfer',
    ],
    ['a usage that is a number', report({ usage: 7 as never }), 'usage'],
    ['a usage without tokens', report({ usage: {} as never }), 'usage.inputTokens'],
    ['tokens below 0', report(tokens(-1)), 'usage.outputTokens'],
    ['half a token', report(tokens(0.5)), 'usage.outputTokens'],
    ['tokens that are NaN', report(tokens(Number.NaN)), 'usage.outputTokens'],
    ['a cost below 0', report({ usage: { ...tokens(1).usage, costUsd: -1 } }), 'usage.costUsd'],
    ['a cost beyond count', report({ usage: { ...tokens(1).usage, costUsd: 1e300 } }), 'costUsd'],
    ['a confidence of NaN', report({ confidence: Number.NaN }), 'confidence'],
    ['a confidence above 1', report({ confidence: 1.01 }), 'confidence'],
    ['a confidence below 0', report({ confidence: -0.01 }), 'confidence'],
    ['a confidence that is text', report({ confidence: '0.5' as never }), 'confidence'],
    ['half a surrogate pair', report({ output: 'x\ud83d' }), 'surrogate'],
    [
      'half a surrogate pair beside findings',
      report({ output: 'x\ud83d', findings: { a: 1 } }),
      'output contains half a surrogate pair',
    ],
    ['findings with __proto__', report({ findings: JSON.parse('{"__proto__":1}') }), '__proto__'],
    ['findings that are too deep', report({ findings: { deep } as never }), 'deeper'],
    ['findings that contain themselves', report({ findings: cyclic as never }), 'itself'],
    ['findings with NaN', report({ findings: { n: Number.NaN } }), 'NaN'],
    ['findings with a date', report({ findings: { at: new Date(0) } as never }), 'class'],
    ['data that is a function', report({ data: () => 1 }), 'data is a function'],
    ['data that is a bigint', report({ data: 10n }), 'data is a bigint'],
    ['an output that is too long', report({ output: hugeText }), 'too large'],
    [
      'a getter that throws',
      Object.defineProperty({ status: 'completed' }, 'output', {
        get: () => {
          throw new Error('no peeking');
        },
      }),
      'no peeking',
    ],
  ])('%s: INVALID_OUTPUT, and the log says so', async (_, answer, problem) => {
    expect(await outcomeOf(() => answer)).toMatchObject({
      status: 'failed',
      success: false,
      finalConfidence: 0,
      error: {
        code: 'INVALID_OUTPUT',
        retryable: true,
        message: expect.stringMatching(new RegExp(`agent "billing".*${problem}`, 's')),
        details: { agentId: 'billing' },
      },
    });
  });

  it('says once what is wrong with it', async () => {
    expect((await outcomeOf(() => null)).error?.message).toBe(
      'The report of agent "billing" can\'t be used: its report is not an object.',
    );
    expect((await outcomeOf(() => report({ confidence: 9 }))).error?.message).toBe(
      'The report of agent "billing" can\'t be recorded: its confidence is 9, which is not a number from 0 to 1',
    );
  });

  it('counts what the agent used all the same', async () => {
    expect(await outcomeOf(() => report({ ...tokens(30), confidence: 9 }))).toMatchObject({
      error: { code: 'INVALID_OUTPUT' },
      usage: { totalTokens: 30 },
      spentTokens: 30,
    });
    expect(
      await outcomeOf(() => report({ ...tokens(30), findings: { n: Number.NaN } })),
    ).toMatchObject({ error: { code: 'INVALID_OUTPUT' }, spentTokens: 30 });
  });
});

describe('a report of work that is not done', () => {
  it('incomplete: INCOMPLETE with the text so far', async () => {
    expect(
      await outcomeOf(() => report({ status: 'incomplete', output: 'so far', ...tokens(5) })),
    ).toMatchObject({
      status: 'failed',
      error: { code: 'INCOMPLETE', details: { output: 'so far' } },
      spentTokens: 5,
    });
    // Whatever its messages hold.
    const call = { type: 'tool_call', id: 'c', name: 'look', arguments: { n: Number.NaN } };
    const messages = [message.assistant([call as never])];
    expect(
      await outcomeOf(() => report({ status: 'incomplete', output: 'so far', messages })),
    ).toMatchObject({ error: { code: 'INCOMPLETE' } });
  });

  it('no text, no data, no transfer: EMPTY_OUTPUT, and the confidence stays', async () => {
    for (const output of ['', ' \n\t']) {
      expect(await outcomeOf(() => report({ output, confidence: 1 }))).toMatchObject({
        status: 'failed',
        error: { code: 'EMPTY_OUTPUT' },
        finalConfidence: 0,
        findings: {},
      });
    }
    expect(await outcomeOf(() => report({ output: '', data: { ok: true } }))).toMatchObject({
      status: 'completed',
      data: { ok: true },
    });
  });
});

describe('an agent that throws', () => {
  class OddError extends Error {
    override name = 'OddError';
  }
  const unprintable = {
    toString: () => {
      throw new Error('no');
    },
  };

  it.each<[string, unknown, RegExp]>([
    ['an Error', new Error('disk full'), /^Agent "billing" failed: disk full$/],
    ['an Error without a message', new OddError(), /failed: OddError$/],
    ['text', 'just text', /failed: just text$/],
    ['nothing', undefined, /failed: threw undefined$/],
    ['null', null, /failed: threw null$/],
    ['a number', 7, /failed: threw 7$/],
    ['what can not be printed', unprintable, /cannot be converted/],
    ['half a surrogate pair', new Error('odd \ud83d'), /odd \ufffd$/],
    ['a message that is too long', new Error(hugeText), /^Agent "billing" failed: xxx/],
    ['a secret', new Error('key sk-abcdefghijklmnopqrstuvwx'), /key \[redacted\]$/],
  ])('%s: AGENT_FAILED with what it said', async (_, thrown, said) => {
    expect(
      await outcomeOf(() => {
        throw thrown;
      }),
    ).toMatchObject({
      status: 'failed',
      error: { code: 'AGENT_FAILED', message: expect.stringMatching(said), retryable: true },
    });
  });

  it('before it answers a promise: the same', async () => {
    const { manager, expectEnded } = managed({
      agents: [
        {
          ...scriptedAgent('billing'),
          receiveHandoff: () => {
            throw new Error('at once');
          },
        },
      ],
    });
    const result = await manager.executeHandoff({ target: 'billing', task: 'x' });
    expect(result.error).toMatchObject({
      code: 'AGENT_FAILED',
      message: expect.stringMatching(/at once/),
    });
    await expectEnded(result.taskId);
  });

  it.each(Object.keys(errorCodes) as ErrorCode[])('HandoffError %s: a failure', async (code) => {
    const result = await outcomeOf(() => {
      throw new HandoffError(code, 'because', { details: { shelf: 4 } });
    });
    const own = errorCodes[code].outcome === 'failed';
    expect(result).toMatchObject({
      status: 'failed',
      error: {
        code: own ? code : 'AGENT_FAILED',
        message: expect.stringContaining('because'),
        details: { shelf: 4, ...(own ? {} : { cause: code, agentId: 'billing' }) },
      },
    });
  });

  it('a HandoffError whose code is of a newer version: AGENT_FAILED', async () => {
    const thrown = new HandoffError('AGENT_FAILED', 'from tomorrow');
    Object.defineProperty(thrown, 'code', { value: 'NOT_YET_KNOWN' });
    expect(
      await outcomeOf(() => {
        throw thrown;
      }),
    ).toMatchObject({
      error: { code: 'AGENT_FAILED', message: expect.stringMatching(/from tomorrow/) },
    });
  });

  it('details that are no JSON: the error stays, the details are told lost', async () => {
    expect(
      await outcomeOf(() => {
        throw new HandoffError('AGENT_FAILED', 'because', { details: { big: 10n } });
      }),
    ).toMatchObject({
      error: { message: 'because', details: { detailsLost: expect.stringContaining('bigint') } },
    });
  });

  it('details that leave no room: the error stays', async () => {
    const findings = { note: 'n'.repeat(1_000_000) };
    const result = await outcomeOf(
      () => {
        throw new HandoffError('AGENT_FAILED', `because ${'y'.repeat(100_000)}`, {
          details: { long: 'z'.repeat(100_000) },
        });
      },
      { findings },
    );
    expect(result).toMatchObject({
      error: {
        code: 'AGENT_FAILED',
        message: expect.stringMatching(/^because y+$/),
        details: { detailsLost: 'too large to be recorded' },
      },
      findings,
    });
  });

  it('usage in the details counts; a usage that is none counts nothing', async () => {
    const withUsage = (usage: unknown) => () => {
      throw new HandoffError('EMPTY_OUTPUT', 'empty', { details: { usage } });
    };
    expect(await outcomeOf(withUsage(tokens(40).usage))).toMatchObject({
      usage: { totalTokens: 40 },
      spentTokens: 40,
    });
    expect(await outcomeOf(withUsage({ totalTokens: 'many' }))).toMatchObject({ spentTokens: 0 });
    const odd = { ...tokens(40).usage, cached: 10n };
    expect(await outcomeOf(withUsage(odd))).toMatchObject({
      error: { code: 'EMPTY_OUTPUT', details: { detailsLost: expect.any(String) } },
      usage: tokens(40).usage,
      spentTokens: 40,
    });
  });
});

describe('a price', () => {
  it('may be nothing', async () => {
    expect(await outcomeOf(() => report(tokens(30)), { price: () => 0 })).toMatchObject({
      status: 'completed',
      usage: { costUsd: 0, totalTokens: 30 },
    });
  });

  it('is paid for each attempt, also for one that fails after it waited', async () => {
    const billing = scriptedAgent('billing', ({ call }) => {
      if (call === 1) return report({ status: 'awaiting-approval', ...tokens(10) });
      throw new HandoffError('AGENT_FAILED', 'gone', { details: tokens(5) });
    });
    const { manager, store, expectEnded } = managed({
      agents: [billing],
      price: ({ totalTokens }) => totalTokens / 100,
    });
    const { handoffId, taskId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    expect(await manager.resume(handoffId, { type: 'approve' })).toMatchObject({
      status: 'failed',
      usage: { costUsd: expect.closeTo(0.15), totalTokens: 15 },
    });
    const { used } = (await store.readTask(taskId)).at(-1)?.ledger ?? {};
    expect(used).toEqual({ costUsd: 0.15, handoffs: 1, tokens: 15 });
    await expectEnded(taskId);
  });
});

describe('a price that breaks', () => {
  it('is not asked where the agent says what it cost', async () => {
    const price = () => {
      throw new Error('no tariff');
    };
    const usage = { costUsd: 0.5, ...tokens(30).usage };
    expect(await outcomeOf(() => report({ usage }), { price })).toMatchObject({
      status: 'completed',
      usage,
    });
  });

  it.each<[string, () => number]>([
    [
      'throws',
      () => {
        throw new Error('no tariff');
      },
    ],
    ['NaN', () => Number.NaN],
    ['negative', () => -1],
    ['beyond count', () => 2 ** 53],
    ['text', () => '3' as never],
  ])('%s: INVALID_OUTPUT, and the tokens count', async (_, price) => {
    expect(await outcomeOf(() => report(tokens(30)), { price })).toMatchObject({
      status: 'failed',
      error: { code: 'INVALID_OUTPUT', message: expect.stringMatching(/price|tariff/) },
      usage: { totalTokens: 30 },
      spentTokens: 30,
    });
  });

  it('never hides the failure of an agent', async () => {
    const price = () => {
      throw new Error('no tariff');
    };
    expect(
      await outcomeOf(
        () => {
          throw new Error('disk full');
        },
        { price },
      ),
    ).toMatchObject({
      error: { code: 'AGENT_FAILED', message: expect.stringMatching(/disk full/) },
    });
  });
});

describe('a report that is one', () => {
  it('gives output, data, messages, findings, confidence and usage', async () => {
    const messages = [
      message.assistant([{ type: 'tool_call', id: 'c', name: 'look', arguments: {} }]),
      message.tool('c', 'found'),
      message.assistant('done'),
    ];
    expect(
      await outcomeOf(
        () =>
          report({
            output: 'done',
            data: { refund: 12 },
            findings: { invoice: 'paid' },
            messages,
            confidence: 0.5,
            ...tokens(9),
          }),
        { findings: { order: '1182' } },
      ),
    ).toMatchObject({
      status: 'completed',
      success: true,
      output: 'done',
      data: { refund: 12 },
      messages,
      finalConfidence: 0.5,
      findings: { billing: { invoice: 'paid' }, order: '1182' },
      returnedContext: { confidence: 0.5, progressSummary: 'done' },
      spentTokens: 9,
    });
    expect(Object.keys(await outcomeOf(() => report())).sort()).toEqual([
      'durationMs',
      'finalConfidence',
      'findings',
      'handoffId',
      'messages',
      'output',
      'returnedContext',
      'sourceAgentId',
      'spentTokens',
      'status',
      'success',
      'targetAgentId',
      'taskId',
      'usage',
    ]);
  });

  it('says where another process recorded the work, under the digest of the outcome', async () => {
    const custody = { handoffId: 'h-7', head: 'f00d', taskId: 't-7' };
    const result = await outcomeOf(() => report({ custody }));
    expect(result).toMatchObject({ status: 'completed', custody });
  });

  it('is recorded with the usage that it tells, and nothing that is beside it', async () => {
    const usage = { costUsd: 0.5, ...tokens(9).usage, cached: () => 1 };
    const result = await outcomeOf(() => report({ usage }));
    expect(result).toMatchObject({ status: 'completed', spentTokens: 9 });
    expect(result.usage).toEqual({ costUsd: 0.5, ...tokens(9).usage });
  });

  it('files what it found, else what it said, else nothing', async () => {
    const data = { ok: true };
    expect(await outcomeOf(() => report({ findings: {} }))).toMatchObject({
      findings: { billing: 'done' },
    });
    const blank = await outcomeOf(() => report({ output: ' \n', data }));
    expect(blank.findings).toEqual({});
    expect(blank.returnedContext).not.toHaveProperty('progressSummary');
    expect((await outcomeOf(() => report({ output: '', data, findings: {} }))).findings).toEqual(
      {},
    );
    const found = { invoice: 'paid' };
    const before = { findings: { billing: 'x', 'billing#2': 'y' } };
    expect((await outcomeOf(() => report({ findings: found }), before)).findings).toEqual({
      ...before.findings,
      'billing#3': found,
    });
  });

  it('has its confidence estimated where it has data alone, as where it has a text', async () => {
    const asked: unknown[] = [];
    const estimateConfidence = (...about: unknown[]) => {
      asked.push(about);
      return 0.75;
    };
    const billing = scriptedAgent('billing', () => report({ output: '', data: { ok: true } }));
    const { manager } = managed({ agents: [billing], estimateConfidence });
    expect(await manager.executeHandoff({ target: 'billing', task: 'x' })).toMatchObject({
      status: 'completed',
      finalConfidence: 0.75,
    });
    expect(asked).toEqual([['', 0]]);
  });

  it('is a copy: what the agent does with its own afterwards changes nothing', async () => {
    const findings = { invoice: 'paid' };
    const result = await outcomeOf(() => report({ findings }));
    findings.invoice = 'stolen';
    expect(result.findings).toEqual({ billing: { invoice: 'paid' } });
  });
});

describe('an attempt that goes on after it waited', () => {
  const asked = message.assistant('May I?');
  const waits = (fields: object = {}) =>
    report({ status: 'awaiting-approval', output: '', ...fields });

  /** What is recorded when these answers come one after the other, each but the last one approved. */
  async function messagesAfter(...answers: readonly AgentReport[]) {
    const billing = scriptedAgent('billing', ({ call }) => answers[call - 1]);
    const { manager, store } = managed({ agents: [billing] });
    const { handoffId, taskId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    for (let i = 1; i < answers.length; i++) await manager.resume(handoffId, { type: 'approve' });
    expect(billing.calls).toHaveLength(answers.length);
    const digest = (await store.readTask(taskId)).at(-1)?.outcomeDigest ?? '';
    const [body] = await store.readBodies(taskId, [digest]);
    return JSON.parse(body?.json ?? '').messages;
  }

  it('adds its messages to those before, or its text where it has none', async () => {
    const first = waits({ messages: [asked] });
    const done = message.assistant('Refunded.');
    const thanks = message.assistant('Thanks.');
    expect(await messagesAfter(first, report({ output: 'Refunded.' }))).toEqual([asked, done]);
    expect(await messagesAfter(first, report({ output: 'Refunded.', messages: [] }))).toEqual([
      asked,
      done,
    ]);
    const more = report({ output: 'Refunded.', messages: [thanks, done] });
    expect(await messagesAfter(first, more)).toEqual([asked, thanks, done]);
    expect(await messagesAfter(first, waits())).toEqual([asked]);
    expect(await messagesAfter(first, waits({ messages: [thanks] }))).toEqual([asked, thanks]);
    expect(await messagesAfter(waits(), report({ output: 'Refunded.' }))).toEqual([]);
  });
});

describe('an agent that hands the conversation on', () => {
  /** The first step of a run in which triage calls its tool and answers so. */
  async function firstStep(answer: (said: string) => Partial<AgentReport>) {
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        const { answers } = await callTools(call, [['transfer_to_billing']]);
        return report(answer(answers[0] ?? ''));
      },
      { canTransferTo: ['billing'] },
    );
    const { manager } = managed({
      agents: [triage, scriptedAgent('billing')],
      estimateConfidence: () => 0.75,
    });
    const { steps } = await manager.run({ entry: 'triage', input: 'Hello' });
    return steps[0];
  }

  it('says what it says beside; the answer of the tool is not its own', async () => {
    const transfer = { target: 'billing', reason: 'specialization', toolCallId: 'call-1-1' };
    expect(await firstStep((output) => ({ output }))).toMatchObject({
      status: 'completed',
      output: '',
      // It says nothing, so nothing says how sure it is.
      finalConfidence: 0,
      findings: {},
      transfer,
    });
    expect(await firstStep(() => ({ output: 'Over to them.' }))).toMatchObject({
      status: 'completed',
      output: 'Over to them.',
      finalConfidence: 0.75,
      findings: { triage: 'Over to them.' },
      transfer,
    });
    expect(await firstStep(() => ({ output: ' \n' }))).toMatchObject({
      finalConfidence: 0,
      findings: {},
    });
  });

  it('has completed with that, though it stopped short; but not where it waits for a person', async () => {
    const stopped = await firstStep(() => ({ status: 'incomplete', output: 'so far' }));
    expect(stopped).toMatchObject({ status: 'completed', transfer: { target: 'billing' } });
    const waiting = await firstStep(() => ({ status: 'awaiting-approval', output: 'May I?' }));
    expect(waiting).toMatchObject({
      status: 'awaiting-approval',
      error: { details: { agentId: 'triage', output: 'May I?' } },
    });
    expect(waiting).not.toHaveProperty('transfer');
  });
});

describe('a policy that wants an approval', () => {
  it.each(['money moves', 'money moves.'])(
    'is named in what the handoff waits for, with how to decide it: %s',
    async (requireApproval) => {
      const { manager } = managed({
        agents: [scriptedAgent('billing')],
        policies: [{ name: 'ask-first', decide: () => ({ requireApproval }) }],
      });
      const { handoffId, error } = await manager.executeHandoff({ target: 'billing', task: 'x' });
      expect(error).toMatchObject({
        code: 'AWAITING_APPROVAL',
        message: expect.stringMatching(
          new RegExp(`: money moves\\. Approve or deny "${handoffId}" by resume\\.$`),
        ),
      });
      expect(error?.details).toEqual({ handoffId, policy: 'ask-first', target: 'billing' });
    },
  );
});

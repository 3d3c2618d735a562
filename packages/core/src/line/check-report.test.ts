import { describe, expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';

/** What a manager makes of an agent's answer: its status, and what is wrong with it. */
async function judged(answer: unknown): Promise<readonly [string, string | undefined]> {
  const { manager } = managed({ agents: [scriptedAgent('billing', () => answer)] });
  const { status, error } = await manager.executeHandoff({ target: 'billing', task: 'x' });
  return [status, error?.message];
}

const valid = {
  blob: { content: 'aGk=', modality: 'image' },
  file: { fileId: 'f-1', modality: 'image' },
  reasoning: { content: 'Hm.' },
  text: { content: 'Hello.' },
  tool_call: { id: 'c', name: 'look' },
  tool_call_response: { id: 'c' },
  uri: { modality: 'image', uri: 'https://example.com/a.png' },
};
const more = {
  blob: {},
  file: {},
  reasoning: {},
  text: {},
  tool_call: { arguments: {} },
  tool_call_response: { response: 'found' },
  uri: {},
};
type PartType = keyof typeof valid;
const types = Object.keys(valid) as PartType[];
const text = { type: 'text', content: 'Hello.' };
const saying = (...parts: readonly unknown[]) =>
  report({ messages: [{ role: 'assistant', parts }] as never });

describe('a report that can’t be used says which member, and why', () => {
  it.each<[string, unknown, string]>([
    ['no object', 7, 'its report is not an object'],
    [
      'another status',
      { status: 'done', output: 'x' },
      'its status is not completed, incomplete or awaiting-approval',
    ],
    ['no output', { status: 'completed' }, 'its output is not a string'],
    [
      'findings that are a list',
      report({ findings: [] as never }),
      'its findings is not an object of keys and values',
    ],
    ['a message', report({ messages: text as never }), 'its messages is not a list of messages'],
    ['a usage', report({ usage: [] as never }), 'its usage is not an object'],
    ['half a token', report(tokens(0.5)), 'its usage.outputTokens is not a whole number from 0'],
    [
      'a cost of NaN',
      report({ usage: { ...tokens(1).usage, costUsd: Number.NaN } }),
      'its usage.costUsd is not a number from 0 to 2^53 - 1',
    ],
    [
      'another origin',
      report({ origin: 'mine' as never }),
      'its origin is not own, verified, unverified',
    ],
    ['handoffs below 0', report({ handoffs: -1 }), 'its handoffs is not a whole number from 0'],
    ['half a handoff', report({ handoffs: 0.5 }), 'its handoffs is not a whole number from 0'],
    ...[null, 7, {}, { handoffId: 'h', head: 'f', taskId: 't', by: 'x' }].map(
      (custody): [string, unknown, string] => [
        `custody ${JSON.stringify(custody)}`,
        report({ custody: custody as never }),
        'its custody is not handoffId, head and taskId',
      ],
    ),
  ])('%s', async (_, answer, problem) => {
    expect(await judged(answer)).toEqual([
      'failed',
      `The report of agent "billing" can't be used: ${problem}.`,
    ]);
  });
});

describe('the messages of a report', () => {
  const none = [
    'failed',
    'The report of agent "billing" can\'t be used: its messages is not a list of messages.',
  ];

  it.each(types)('may have a part of the type %s', async (type) => {
    const part = { type, ...valid[type], ...more[type] };
    expect(await judged(saying(part))).toEqual(['completed', undefined]);
  });

  it.each(types.flatMap((type) => Object.keys(valid[type]).map((key) => [type, key] as const)))(
    'have no part of the type %s whose %s is no text',
    async (type, key) => {
      for (const wrong of [7, undefined]) {
        const part = { type, ...valid[type], ...more[type], [key]: wrong };
        expect(await judged(saying(text, part))).toEqual(none);
      }
    },
  );

  it('have no other parts, none that is no object, and no other roles', async () => {
    for (const part of [{ type: 'song', content: 'la' }, { content: 'la' }, null, 'la', [text]]) {
      expect(await judged(saying(text, part))).toEqual(none);
      expect(await judged(saying(part, text))).toEqual(none);
    }
    for (const role of ['system', 'user', 'assistant', 'tool']) {
      const messages = [{ role, parts: [text] }] as never;
      expect(await judged(report({ messages }))).toEqual(['completed', undefined]);
    }
    for (const message of [{ role: 'boss', parts: [] }, { role: 'user', parts: text }, null]) {
      expect(await judged(report({ messages: [message] as never }))).toEqual(none);
    }
  });
});

describe('the transfer of a report', () => {
  const transfer = { target: 'legal', reason: 'specialization', toolCallId: 'c' };
  const handing = (value: unknown) => report({ output: '', transfer: value as never });

  it('has its target, its reason and its call, and may have a task and instructions', async () => {
    const whole = { ...transfer, task: 'Check', instructions: 'Be brief.', payload: { a: 1 } };
    for (const valid of [transfer, { ...transfer, task: '' }, whole]) {
      expect(await judged(handing(valid))).toEqual(['completed', undefined]);
    }
  });

  it.each([
    null,
    'legal',
    [transfer],
    {},
    ...['target', 'reason', 'toolCallId', 'task', 'instructions'].map((key) => ({
      ...transfer,
      [key]: 7,
    })),
    ...['target', 'reason', 'toolCallId'].map((key) => ({ ...transfer, [key]: undefined })),
  ])('is none where it is %j', async (wrong) => {
    expect(await judged(handing(wrong))).toEqual([
      'failed',
      'The report of agent "billing" can\'t be used: its transfer is not target, reason and toolCallId, and text besides.',
    ]);
  });
});

it('takes a cost up to where numbers are exact', async () => {
  const costing = (costUsd: number) => report({ usage: { ...tokens(1).usage, costUsd } });
  expect(await judged(costing(Number.MAX_SAFE_INTEGER))).toEqual(['completed', undefined]);
  expect(await judged(costing(Number.MAX_SAFE_INTEGER + 1))).toEqual([
    'failed',
    expect.stringContaining('usage.costUsd is not a number from 0'),
  ]);
});

it('takes nothing for what it is: no cost, no token, no handoff elsewhere', async () => {
  const usage = { costUsd: 0, inputTokens: 0, outputTokens: 0, totalTokens: 0 };
  expect(await judged(report({ usage, handoffs: 0 }))).toEqual(['completed', undefined]);
});

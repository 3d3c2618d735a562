/**
 * What the AI SDK adapter adds: receiving a handoff beside a bare call of the same agent, and a handoff
 * tool beside a hand-written one that executes the same handoff. Exits with 1 where a target is missed.
 * An argument says how many rounds; default 300.
 */
import { delegateTool, fromAiSdk } from '@agent-handoff/adapter-vercel-ai';
import {
  createHandoffAgent,
  createHandoffContext,
  createHandoffManager,
  toPrompt,
} from '@agent-handoff/core';
import { generateText, ToolLoopAgent, type ToolSet, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { z } from 'zod';
import type { Contender } from './contender.ts';
import { printTable } from './print-table.ts';
import { quantile } from './quantile.ts';
import { takeTurns } from './take-turns.ts';

const rounds = Number(process.argv[2] ?? 300);
const reach = 1.15;
const task = 'Refund order 1182, which arrived broken.';
const answer = 'Order 1182 was refunded: 42.50 euros are on their way.';

const count = { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 };
const usage = { inputTokens: count, outputTokens: { total: 12, text: 12, reasoning: 0 } };
const said = (text: string) => ({
  content: [{ type: 'text' as const, text }],
  finishReason: { unified: 'stop' as const, raw: 'stop' },
  usage,
  warnings: [],
});

type Answer = Extract<
  NonNullable<ConstructorParameters<typeof MockLanguageModelV3>[0]>['doGenerate'],
  (...call: never[]) => unknown
>;
/** The AI SDK's own double, which else would keep the options of every call: no model does that. */
const instantModel = (doGenerate: Answer): MockLanguageModelV3 => {
  const model = new MockLanguageModelV3({
    doGenerate: (options) => {
      model.doGenerateCalls.length = 0;
      return doGenerate(options);
    },
  });
  return model;
};

const agent = new ToolLoopAgent({
  model: instantModel(async () => said(answer)),
  instructions: 'You settle refunds.',
});
const receiver = fromAiSdk(agent, { id: 'billing' });
const context = createHandoffContext({
  sourceAgentId: 'user',
  targetAgentId: 'billing',
  originalTask: task,
});

/** Calls the one tool that it is offered, then answers with what that gave. */
const caller = instantModel(async ({ prompt }) =>
  prompt.at(-1)?.role === 'tool'
    ? said(answer)
    : {
        ...said(''),
        content: [
          {
            type: 'tool-call',
            toolCallId: 'c1',
            toolName: 'ask',
            input: JSON.stringify({ task }),
          },
        ],
        finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
      },
);
const newManager = () =>
  createHandoffManager({
    agents: [
      createHandoffAgent({
        id: 'billing',
        model: {
          generate: async () => ({
            status: 'completed',
            output: answer,
            messages: [],
            usage: { inputTokens: 20, outputTokens: 12, totalTokens: 32 },
          }),
        },
      }),
    ],
  });

const byHand = newManager();
const handWritten = tool({
  description: 'Asks billing to do a piece of work, and waits for the answer.',
  inputSchema: z.object({ task: z.string().describe('The work, in words.') }),
  execute: async (input, { abortSignal }) => {
    const result = await byHand.executeHandoff(
      { target: 'billing', task: input.task, reason: 'delegation' },
      abortSignal ? { signal: abortSignal } : {},
    );
    return result.success ? result.output : result.error.message;
  },
});

const check = (text: string): void => {
  if (text !== answer) throw new Error(`the answer is ${JSON.stringify(text)}`);
};
const calling = (name: string, ask: ToolSet[string]): Contender => ({
  name,
  batch: 5,
  run: async () => {
    const { text, steps } = await generateText({
      model: caller,
      prompt: task,
      tools: { ask },
      stopWhen: (state) => state.steps.length >= 3,
    });
    if (steps.length !== 2) throw new Error(`${name} took ${steps.length} steps`);
    check(text);
  },
});

/** The same request as a receiver makes of the context. */
const bare: Contender = {
  name: 'agent.generate',
  batch: 5,
  run: async () => {
    const messages = [toPrompt(context), 'Take over from here and do the work.'].map((content) => ({
      role: 'user' as const,
      content,
    }));
    check((await agent.generate({ messages })).text);
  },
};
const receiving: Contender = {
  name: 'receiveHandoff',
  batch: 5,
  run: async () => check((await receiver.receiveHandoff(context)).output),
};
const written = calling('hand-written tool, executeHandoff', handWritten);
const ours = calling(
  'delegateTool',
  delegateTool({ manager: newManager(), target: 'billing', previews: false }),
);
const previewed = calling(
  'delegateTool with previews',
  delegateTool({ manager: newManager(), target: 'billing' }),
);

const samples = await takeTurns([bare, receiving, written, ours, previewed], {
  warmUp: 6_000,
  rounds,
});
const at = (contender: Contender, fraction: number): number =>
  quantile(samples.get(contender) ?? [], fraction);

console.log(`The AI SDK with instant models. Node ${process.version}.\n`);
printTable([
  ['', 'median', 'p10'],
  ...[...samples.keys()].map((contender) => [
    contender.name,
    `${at(contender, 0.5).toFixed(1)} µs`,
    `${at(contender, 0.1).toFixed(1)} µs`,
  ]),
]);

/** The worse of median and p10 decides. */
const ratios = [
  { name: 'receiving to a bare call', ours: receiving, other: bare },
  { name: 'a handoff tool to a hand-written one', ours, other: written },
].map(({ name, ours, other }) => ({
  name,
  median: at(ours, 0.5) / at(other, 0.5),
  p10: at(ours, 0.1) / at(other, 0.1),
}));
console.log('');
printTable([
  ['', 'by median', 'by p10', 'to reach'],
  ...ratios.map(({ name, median, p10 }) => [
    name,
    median.toFixed(3),
    p10.toFixed(3),
    `${reach} ${Math.max(median, p10) <= reach ? 'reached' : 'missed'}`,
  ]),
]);
if (ratios.some(({ median, p10 }) => Math.max(median, p10) > reach)) process.exitCode = 1;

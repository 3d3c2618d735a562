import {
  type AgentReport,
  createHandoffAgent,
  createHandoffContext,
  type HandoffAgent,
  type HandoffContext,
  type ReceiveOptions,
} from '@agent-handoff/core';
import { describe, expect, test } from 'vitest';
import type { MakeAgent } from './agent-subject.ts';
import { type ConformanceResult, runConformance } from './conformance-check.ts';
import { handoffAgentChecks } from './describe-handoff-agent.ts';
import { modelOfDouble } from './model-of-double.ts';

// Agents with one fault each: the suite must see every one, and no check may be without a fault that
// it sees.

const make: MakeAgent = (model) =>
  createHandoffAgent({ id: 'subject', model: modelOfDouble(model) });

type Receive = (context: HandoffContext, options: ReceiveOptions) => Promise<AgentReport>;

/** A good agent whose `receiveHandoff` is wrapped. */
const wrapped =
  (wrap: (receive: Receive) => Receive): MakeAgent =>
  async (model) => {
    const agent: HandoffAgent = await make(model);
    const receive = wrap((context, options) => agent.receiveHandoff(context, options));
    return Object.freeze({
      ...agent,
      receiveHandoff: (context: HandoffContext, options: ReceiveOptions = {}) =>
        receive(context, options),
    });
  };

/** A good agent that changes its reports. */
const reporting = (change: (report: AgentReport) => unknown): MakeAgent =>
  wrapped(
    (receive) => async (context, options) => change(await receive(context, options)) as AgentReport,
  );

/** A good agent that is given other options. */
const optioned = (change: (options: ReceiveOptions) => ReceiveOptions): MakeAgent =>
  wrapped((receive) => (context, options) => receive(context, change(options)));

const without =
  <Key extends keyof ReceiveOptions>(key: Key) =>
  ({ [key]: _, ...options }: ReceiveOptions): ReceiveOptions =>
    options;

const faults: Readonly<Record<string, readonly [sees: string, make: MakeAgent]>> = {
  'can be changed': ['bears a usable id', async (model) => ({ ...(await make(model)) })],
  'reports no usage': ['resolves to a report', reporting(({ usage: _, ...report }) => report)],
  'reports a broken usage': [
    'resolves to a report',
    reporting((report) => ({ ...report, usage: { ...report.usage, totalTokens: Number.NaN } })),
  ],
  'reports undefined members': [
    'resolves to a report',
    reporting((report) => ({ ...report, findings: undefined })),
  ],
  'reports a date': [
    'resolves to a report',
    reporting((report) => ({ ...report, findings: { at: new Date(0) } })),
  ],
  'reports a confidence of 90': [
    'resolves to a report',
    reporting((report) => ({ ...report, confidence: 90 })),
  ],
  'reports messages with an open call': [
    'resolves to a report',
    reporting((report) => ({
      ...report,
      messages: [
        {
          role: 'assistant',
          parts: [{ type: 'tool_call', id: 'a', name: 'x', arguments: {} }],
        },
      ],
    })),
  ],
  'writes into its context': [
    'changes nothing of what it is given',
    wrapped((receive) => (context, options) => {
      Object.assign(context.findings, { seen: true });
      return receive(context, options);
    }),
  ],
  'remembers earlier calls': [
    'keeps nothing of one call for the next',
    async (model) => {
      let history = '';
      const agent = await make((turn) => {
        history += turn.text;
        return model({ ...turn, text: history });
      });
      return agent;
    },
  ],
  'keeps the task in a field': [
    'mixes no calls that run at the same time',
    async (model) => {
      let task = '';
      const agent: HandoffAgent = await make((turn) => model({ ...turn, text: task }));
      return Object.freeze({
        ...agent,
        async receiveHandoff(context: HandoffContext, options?: ReceiveOptions) {
          task = context.originalTask;
          await Promise.resolve();
          return agent.receiveHandoff(context, options);
        },
      });
    },
  ],
  'ignores its signal': ['settles soon after its signal aborts', optioned(without('signal'))],
  'answers as completed when aborted': [
    'settles soon after its signal aborts',
    wrapped(
      (receive) => (context, options) =>
        receive(context, options).catch(() => ({ status: 'completed', output: 'Stopped.' })),
    ),
  ],
  'asks its model before it looks at the signal': [
    'does not begin where its signal has aborted',
    async (model) => {
      const agent: HandoffAgent = await make(model);
      return Object.freeze({
        ...agent,
        async receiveHandoff(context: HandoffContext, { signal, ...options }: ReceiveOptions = {}) {
          const report = await agent.receiveHandoff(context, options);
          signal?.throwIfAborted();
          return report;
        },
      });
    },
  ],
  'throws a string': [
    'rejects with an error that says why',
    wrapped(
      (receive) => (context, options) =>
        receive(context, options).catch((error: Error) => {
          // oxlint-disable-next-line typescript/only-throw-error -- the fault under test
          throw error.message;
        }),
    ),
  ],
  'hides why it failed': [
    'rejects with an error that says why',
    wrapped(
      (receive) => (context, options) =>
        receive(context, options).catch(() => {
          throw new Error('Something went wrong.');
        }),
    ),
  ],
  'passes an empty answer off as work': [
    'never passes an empty answer off as work',
    wrapped(
      (receive) => (context, options) =>
        receive(context, options).catch(() => ({ status: 'completed', output: '' })),
    ),
  ],
  'asks again and again': [
    'never passes an empty answer off as work',
    wrapped((receive) => async (context, options) => {
      for (let round = 0; round < 3; round++) await receive(context, options).catch(() => {});
      return receive(context, options);
    }),
  ],
  'refuses options': [
    'takes options it has no use for',
    wrapped((receive) => async (context, options) => {
      if (options.findingOrigins) throw new Error('unknown option');
      return receive(context, options);
    }),
  ],
  'shows the task only': [
    'shows its model the whole context',
    wrapped(
      (receive) =>
        ({ originalTask, sourceAgentId, targetAgentId }, options) =>
          receive(createHandoffContext({ originalTask, sourceAgentId, targetAgentId }), options),
    ),
  ],
  'ignores origins': ['marks content of another origin', optioned(without('origin'))],
  'draws a delimiter of its own': [
    'marks content of another origin',
    optioned((options) => ({ ...options, delimiter: 'another-one' })),
  ],
  'ignores the origins of findings': [
    'marks the findings that have another origin',
    optioned(without('findingOrigins')),
  ],
  'begins anew': [
    'goes on from the messages of an earlier attempt',
    optioned(without('resumeFrom')),
  ],
  'never streams': ['passes on the answer as deltas', optioned(without('onEvent'))],
  'streams the prompt too': [
    'passes on the answer as deltas',
    wrapped((receive) => (context, options) => {
      options.onEvent?.({ type: 'output-delta', delta: context.originalTask });
      return receive(context, options);
    }),
  ],
  'streams to the newest listener': [
    'passes the deltas of a call to the listener of that call',
    (() => {
      let newest: ReceiveOptions['onEvent'];
      return optioned((options) => {
        newest = options.onEvent;
        return { ...options, onEvent: (event) => newest?.(event) };
      });
    })(),
  ],
  'offers no tools': ['offers the tools of the call', optioned(without('tools'))],
  'never runs its tools': [
    'offers the tools of the call',
    optioned((options) => ({
      ...options,
      tools: (options.tools ?? []).map((tool) => ({
        ...tool,
        execute: () => ({ output: 'token-verdict' }),
      })),
    })),
  ],
  'keeps the tools of the last call': [
    'offers no tools but those of the call',
    (() => {
      let kept: ReceiveOptions['tools'];
      return optioned((options) => {
        kept = options.tools ?? kept;
        return { ...options, ...(kept ? { tools: kept } : {}) };
      });
    })(),
  ],
  'goes on after a transfer': [
    'makes no further model call after a tool ended the turn',
    optioned((options) => ({
      ...options,
      tools: (options.tools ?? []).map((tool) => ({
        ...tool,
        execute: async (...input: Parameters<typeof tool.execute>) => ({
          output: (await tool.execute(...input)).output,
        }),
      })),
    })),
  ],
  'fails with its tools': [
    'tells its model when a tool fails',
    (() =>
      wrapped((receive) => async (context, options) => {
        let failure: Error | undefined;
        const tools = (options.tools ?? []).map((tool) => ({
          ...tool,
          execute: async (...input: Parameters<typeof tool.execute>) => {
            try {
              return await tool.execute(...input);
            } catch (thrown) {
              failure = thrown as Error;
              throw thrown;
            }
          },
        }));
        const report = await receive(context, { ...options, tools });
        if (failure) throw failure;
        return report;
      }))(),
  ],
};

const failed = (results: readonly ConformanceResult[]): string[] =>
  results.flatMap(({ name, error }) => (error === undefined ? [] : [name]));

describe('the suite of agents sees an agent that', () => {
  test.concurrent.each(Object.entries(faults))('%s', async (_name, [sees, makeFaulty]) => {
    const isSeen = handoffAgentChecks().filter(({ name }) => name.startsWith(sees));
    expect(isSeen).toHaveLength(1);
    const results = await runConformance(isSeen, () => ({ make: makeFaulty }));
    expect(failed(results)).toHaveLength(1);
  });

  test('has a fault for each of its checks', () => {
    const seen = Object.values(faults).map(([sees]) => sees);
    const unseen = handoffAgentChecks().filter(({ name }) => !seen.some((s) => name.startsWith(s)));
    expect(unseen.map(({ name }) => name)).toEqual([]);
  });

  test('has no fault, and finds none', async () => {
    const results = await runConformance(handoffAgentChecks(), () => ({ make }));
    expect(failed(results)).toEqual([]);
  });

  test('leaves out what the agent can not do', () => {
    const all = handoffAgentChecks().length;
    for (const ability of ['tools', 'streaming', 'prompt'] as const) {
      expect(handoffAgentChecks({ [ability]: false }).length).toBeLessThan(all);
    }
  });
});

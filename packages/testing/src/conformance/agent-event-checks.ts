import type { AgentEvent, HandoffTool, Json } from '@agent-handoff/core';
import { expect } from 'vitest';
import { contextFor } from './agent-context.ts';
import type { AgentSubject } from './agent-subject.ts';
import type { ConformanceCheck } from './conformance-check.ts';
import { expectReport } from './expect-report.ts';

/** Deltas as they are written. */
export const agentStreamChecks: readonly ConformanceCheck<AgentSubject>[] = [
  {
    name: 'passes on the answer as deltas, the whole of it and nothing else',
    async run({ make }) {
      const output = 'It is on shelf 3, behind the door; größe 慢 🚀.';
      const agent = await make(() => output);
      const events: AgentEvent[] = [];
      const report = await agent.receiveHandoff(contextFor(), {
        onEvent: (event) => void events.push(event),
      });
      expect(report.output).toBe(output);
      const deltas = events.flatMap((event) =>
        event.type === 'output-delta' ? [event.delta] : [],
      );
      expect(deltas.join('')).toBe(output);
      expect(deltas).not.toContain('');
    },
  },
  {
    name: 'passes the deltas of a call to the listener of that call',
    async run({ make }) {
      const agent = await make(({ text }) => `Found ${/token-\d/.exec(text)?.[0]}.`);
      const heard = await Promise.all(
        [0, 1, 2].map(async (i) => {
          let text = '';
          await agent.receiveHandoff(contextFor({ originalTask: `Find token-${i}.` }), {
            onEvent: (event) => {
              if (event.type === 'output-delta') text += event.delta;
            },
          });
          return text;
        }),
      );
      expect(heard).toEqual(['Found token-0.', 'Found token-1.', 'Found token-2.']);
    },
  },
];

/** A tool that remembers how it was called. */
function recordingTool(name: string, execute: HandoffTool['execute']) {
  const runs: { input: Json; toolCallId: string; signal: AbortSignal }[] = [];
  const tool: HandoffTool = {
    name,
    description: `Hands the work to ${name}.`,
    inputSchema: {
      type: 'object',
      properties: { task: { type: 'string' } },
      required: ['task'],
      additionalProperties: false,
    },
    execute(input, call) {
      runs.push({ input, ...call });
      return execute(input, call);
    },
  };
  return { tool, runs };
}

const callOf = (toolName: string) => ({
  toolName,
  toolCallId: 'c1',
  input: { task: 'Look at shelf 3.' },
});

/** Handoff tools. */
export const agentToolChecks: readonly ConformanceCheck<AgentSubject>[] = [
  {
    name: 'offers the tools of the call, runs the one called and tells its model the result',
    async run({ make }) {
      const { tool, runs } = recordingTool('delegate_to_lead', async () => ({
        output: { verdict: 'token-verdict' },
      }));
      const offered: (readonly string[])[] = [];
      const agent = await make(({ text, toolNames }) => {
        offered.push(toolNames);
        return text.includes('token-verdict') ? 'The lead agrees.' : callOf('delegate_to_lead');
      });
      const events: AgentEvent[] = [];
      const report = await agent.receiveHandoff(contextFor(), {
        tools: [tool],
        onEvent: (event) => void events.push(event),
      });
      expect(report).toMatchObject({ status: 'completed', output: 'The lead agrees.' });
      expectReport(report);
      expect(offered).toHaveLength(2);
      expect(offered[0]).toContain('delegate_to_lead');
      expect(runs).toHaveLength(1);
      expect(runs[0]).toMatchObject({ input: { task: 'Look at shelf 3.' } });
      expect(runs[0]?.toolCallId).toMatch(/\S/);
      expect(runs[0]?.signal).toBeInstanceOf(AbortSignal);
      expect(events.filter(({ type }) => type === 'tool-called')).toMatchObject([
        { toolName: 'delegate_to_lead' },
      ]);
    },
  },
  {
    name: 'offers no tools but those of the call',
    async run({ make }) {
      const offered: (readonly string[])[] = [];
      const agent = await make(({ toolNames }) => {
        offered.push(toolNames);
        return 'Done.';
      });
      const { tool } = recordingTool('transfer_to_billing', () => ({ output: 'x' }));
      await agent.receiveHandoff(contextFor(), { tools: [tool] });
      await agent.receiveHandoff(contextFor());
      expect(offered[0]).toContain('transfer_to_billing');
      expect(offered[1]).not.toContain('transfer_to_billing');
    },
  },
  {
    name: 'makes no further model call after a tool ended the turn',
    async run({ make }) {
      let asked = 0;
      const agent = await make(() => {
        asked++;
        return callOf('transfer_to_billing');
      });
      const { tool, runs } = recordingTool('transfer_to_billing', () => ({
        output: 'Transferred.',
        endsTurn: true,
      }));
      const report = await agent.receiveHandoff(contextFor(), { tools: [tool] });
      expect(runs).toHaveLength(1);
      expect(asked).toBe(1);
      expectReport(report);
    },
  },
  {
    name: 'tells its model when a tool fails, and goes on',
    async run({ make }) {
      const { tool, runs } = recordingTool('delegate_to_lead', () => {
        throw new Error('token-refused');
      });
      const agent = await make(({ text }) =>
        text.includes('token-refused') ? 'The lead is away.' : callOf('delegate_to_lead'),
      );
      const report = await agent.receiveHandoff(contextFor(), { tools: [tool] });
      expect(runs).toHaveLength(1);
      expect(report.output).toBe('The lead is away.');
      expectReport(report);
    },
  },
];

import { type HandoffContext, message, type ReceiveOptions } from '@agent-handoff/core';
import { expect } from 'vitest';
import { contextFor } from './agent-context.ts';
import type { AgentSubject } from './agent-subject.ts';
import type { ConformanceCheck } from './conformance-check.ts';

/** What the model is shown when the agent receives this. */
async function shownTo(
  { make }: AgentSubject,
  context: HandoffContext,
  options: ReceiveOptions = {},
): Promise<string> {
  let shown = '';
  const agent = await make(({ text }) => {
    shown = text;
    return 'Done.';
  });
  await agent.receiveHandoff(context, options);
  return shown;
}

const count = (text: string, part: string): number => text.split(part).length - 1;

/** What of a context reaches the model, and how foreign content is marked. */
export const agentPromptChecks: readonly ConformanceCheck<AgentSubject>[] = [
  {
    name: 'shows its model the whole context',
    async run(subject) {
      const shown = await shownTo(
        subject,
        contextFor({
          originalTask: 'token-task',
          progressSummary: 'token-progress',
          conversationSummary: 'token-summary',
          instructions: 'token-instructions',
          findings: { 'token-key': 'token-value' },
          payload: { amount: 'token-payload' },
          keyMessages: [message.user('token-said'), message.assistant('token-answered')],
          handoffChain: ['token-agent'],
        }),
      );
      for (const part of ['task', 'progress', 'summary', 'instructions', 'key', 'value']) {
        expect(shown).toContain(`token-${part}`);
      }
      for (const part of ['payload', 'said', 'answered', 'agent']) {
        expect(shown).toContain(`token-${part}`);
      }
    },
  },
  {
    name: 'marks content of another origin with the delimiter, and own content with none',
    async run(subject) {
      const delimiter = 'fence-1f0a7c';
      const context = contextFor({
        originalTask: 'token-task',
        findings: { 'own-key': 'own-value' },
      });
      const own = await shownTo(subject, context, { origin: 'own', delimiter });
      expect(own).toContain('token-task');
      expect(count(own, delimiter)).toBe(0);
      for (const origin of ['verified', 'unverified'] as const) {
        const foreign = await shownTo(subject, context, { origin, delimiter });
        // Only what stands between two marks is known to be foreign.
        const at = foreign.lastIndexOf('token-task');
        expect(foreign.slice(0, at)).toContain(delimiter);
        expect(foreign.slice(at)).toContain(delimiter);
      }
    },
  },
  {
    name: 'marks the findings that have another origin than the context',
    async run(subject) {
      const delimiter = 'fence-1f0a7c';
      const context = contextFor({ findings: { mine: 'token-own', theirs: 'token-foreign' } });
      const shown = await shownTo(subject, context, {
        findingOrigins: { theirs: 'unverified' },
        delimiter,
      });
      const at = shown.lastIndexOf('token-foreign');
      expect(at).toBeGreaterThan(-1);
      expect(shown.slice(0, at)).toContain(delimiter);
      expect(shown.slice(at)).toContain(delimiter);
      expect(shown).toContain('token-own');
    },
  },
  {
    name: 'goes on from the messages of an earlier attempt, where it is resumable',
    async run(subject) {
      let shown = '';
      const agent = await subject.make(({ text }) => {
        shown = text;
        return 'Approved, so done.';
      });
      if (agent.resumable === false) return;
      const report = await agent.receiveHandoff(contextFor(), {
        resumeFrom: [
          message.user('token-question'),
          message.assistant([
            { type: 'tool_call', id: 'c1', name: 'delegate_to_lead', arguments: {} },
          ]),
          message.tool('c1', 'token-approval'),
        ],
      });
      expect(report.output).toBe('Approved, so done.');
      expect(shown).toContain('token-question');
      expect(shown).toContain('token-approval');
      // New messages only.
      expect(JSON.stringify(report.messages ?? [])).not.toContain('token-approval');
    },
  },
];

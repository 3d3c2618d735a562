import { HandoffError } from '@agent-handoff/core';
import { expect } from 'vitest';
import { contextFor, deepFreeze } from './agent-context.ts';
import type { AgentSubject } from './agent-subject.ts';
import type { ConformanceCheck } from './conformance-check.ts';
import { expectReport } from './expect-report.ts';
import { pause, within } from './within.ts';

const limitMs = 2_000;

/** Reports, errors, aborts, and many calls at once. */
export const agentAnswerChecks: readonly ConformanceCheck<AgentSubject>[] = [
  {
    name: 'bears a usable id and name, and can not be changed',
    async run({ make }) {
      const agent = await make(() => 'x');
      expect(agent.id).toBe('subject');
      expect(agent.name).toMatch(/\S/);
      expect(Object.isFrozen(agent)).toBe(true);
    },
  },
  {
    name: 'resolves to a report in plain JSON with output and usage',
    async run({ make }) {
      const agent = await make(() => 'It is on shelf 3.');
      const report = await agent.receiveHandoff(contextFor());
      expect(report).toMatchObject({ status: 'completed', output: 'It is on shelf 3.' });
      expectReport(report);
      expect(report.transfer).toBeUndefined();
    },
  },
  {
    name: 'changes nothing of what it is given',
    async run({ make }) {
      const agent = await make(() => 'Done.');
      const context = contextFor({
        findings: { a: { b: [1, { c: 'd' }] } },
        stateSnapshot: { iteration: 1 },
        metadata: { z: 1 },
      });
      const before = structuredClone(context);
      const options = Object.freeze({
        tools: Object.freeze([]),
        findingOrigins: Object.freeze({}),
        resumeFrom: undefined,
      });
      const { resumeFrom: _, ...given } = options;
      await agent.receiveHandoff(context, Object.freeze(given));
      await agent.receiveHandoff(context);
      expect(context).toEqual(before);
    },
  },
  {
    name: 'keeps nothing of one call for the next',
    async run({ make }) {
      const shown: string[] = [];
      const agent = await make(({ text }) => {
        shown.push(text);
        return `Answer ${shown.length}`;
      });
      await agent.receiveHandoff(contextFor({ originalTask: 'Find token-one.' }));
      const second = await agent.receiveHandoff(contextFor({ originalTask: 'Find token-two.' }));
      expect(second.output).toBe('Answer 2');
      expect(shown[1]).toContain('token-two');
      expect(shown[1]).not.toContain('token-one');
      expect(shown[1]).not.toContain('Answer 1');
    },
  },
  {
    name: 'mixes no calls that run at the same time',
    async run({ make }) {
      const agent = await make(async ({ text }) => {
        const token = /token-\d+/.exec(text)?.[0] ?? 'none';
        await pause(token.length % 3);
        return `Found ${token}.`;
      });
      const reports = await Promise.all(
        Array.from({ length: 25 }, (_, i) =>
          agent.receiveHandoff(contextFor({ originalTask: `Find token-${i}.` }), {
            delimiter: `delimiter-${i}`,
          }),
        ),
      );
      expect(reports.map(({ output }) => output)).toEqual(
        Array.from({ length: 25 }, (_, i) => `Found token-${i}.`),
      );
      for (const { messages = [] } of reports) expect(messages.length).toBeLessThan(3);
    },
  },
  {
    name: 'settles soon after its signal aborts, and never as completed',
    async run({ make }) {
      const agent = await make(() => new Promise<never>(() => {}));
      const controller = new AbortController();
      const reason = new HandoffError('CANCELLED', 'No longer wanted.');
      const settled = agent
        .receiveHandoff(contextFor(), { signal: controller.signal })
        .then(({ status }) => status)
        .catch((thrown: unknown) => (thrown instanceof Error ? 'threw' : `threw ${thrown}`));
      await pause(10);
      controller.abort(reason);
      expect(['threw', 'incomplete']).toContain(await within(limitMs, 'an aborted call', settled));
    },
  },
  {
    name: 'does not begin where its signal has aborted',
    async run({ make }) {
      let asked = 0;
      const agent = await make(() => `Answer ${++asked}`);
      const settled = agent
        .receiveHandoff(contextFor(), { signal: AbortSignal.abort(new Error('too late')) })
        .then(({ status }) => status)
        .catch(() => 'threw');
      expect(['threw', 'incomplete']).toContain(await within(limitMs, 'a dead call', settled));
      expect(asked).toBe(0);
    },
  },
  {
    name: 'rejects with an error that says why, and works again afterwards',
    async run({ make }) {
      let calls = 0;
      const agent = await make(() => {
        if (++calls === 1) throw new Error('the provider is out of order');
        return 'Back.';
      });
      const thrown: unknown = await agent.receiveHandoff(contextFor()).then(
        () => 'resolved',
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(Error);
      expect((thrown as Error).message).toContain('the provider is out of order');
      if (HandoffError.isInstance(thrown)) {
        expect(JSON.parse(JSON.stringify(thrown))).toMatchObject({ code: thrown.code });
      }
      expect((await agent.receiveHandoff(contextFor())).output).toBe('Back.');
    },
  },
  {
    name: 'never passes an empty answer off as work, and gives up after a few',
    async run({ make }) {
      let asked = 0;
      const agent = await make(() => {
        asked++;
        return '';
      });
      const settled = agent.receiveHandoff(contextFor()).then(
        ({ status }) => status,
        (error: unknown) => (HandoffError.isInstance(error) ? error.code : 'threw'),
      );
      expect(['EMPTY_OUTPUT', 'AGENT_FAILED', 'threw', 'incomplete']).toContain(
        await within(limitMs, 'an empty answer', settled),
      );
      expect(asked).toBeLessThanOrEqual(3);
    },
  },
  {
    name: 'takes options it has no use for',
    async run({ make }) {
      const agent = await make(() => 'Done.');
      const options = deepFreeze({
        origin: 'verified' as const,
        findingOrigins: { nothing: 'unverified' as const },
        delimiter: 'delimiter-1',
      });
      const report = await agent.receiveHandoff(contextFor(), { ...options, onEvent: () => {} });
      expect(report.output).toBe('Done.');
    },
  },
];

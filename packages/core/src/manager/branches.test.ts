import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { turns, until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import type { StandardSchema } from '../agent/standard-schema.ts';

const lead = createPersonAgent({ id: 'lead' });
const answer = { type: 'answer', output: 'Yes.' } as const;

/** Takes any payload, after a while. */
function slowSchema(): StandardSchema & { open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { '~standard': standard } = z.unknown() as unknown as {
    '~standard': StandardSchema['~standard'];
  };
  const slow = {
    ...standard,
    validate: async (value: unknown) => {
      await opened;
      return { value };
    },
  };
  return { '~standard': slow, open: () => open() } as never;
}

describe('branches of which one waits', () => {
  it('are joined when it is decided, in another process, with the budget of each', async () => {
    const a = scriptedAgent('a', () => report({ output: 'a!', ...tokens(100) }));
    const first = managed({ agents: [a, lead], limits: { maxTokens: 1_000 } });
    const waiting = await first.manager.parallelHandoff({ targets: ['a', 'lead'], task: 'Go' });
    expect(waiting).toMatchObject({ status: 'awaiting-approval', targetAgentId: 'lead' });
    const second = managed({ agents: [a, lead], store: first.store, ids: countingIds('-b') });
    const [asked] = await second.manager.pending();
    const result = await second.manager.resume(asked?.handoffId ?? '', answer);
    expect(result).toMatchObject({ status: 'completed', findings: { a: 'a!', lead: 'Yes.' } });
    expect(a.calls).toHaveLength(1);
    expect(await second.log(result.taskId)).toContain('joined user>lead');
    // Asked again, it is what it was.
    expect(await second.manager.resume(asked?.handoffId ?? '', answer)).toMatchObject({
      status: 'completed',
      findings: { a: 'a!', lead: 'Yes.' },
    });
    await second.expectEnded(result.taskId);
  });

  it('don’t wait for it where the first that completes is enough', async () => {
    const { manager, expectEnded } = managed({ agents: [scriptedAgent('a', 'a!'), lead] });
    const targets = ['lead', 'a'] as const;
    const result = await manager.parallelHandoff({ targets, task: 'Go', join: 'any' });
    expect(result).toMatchObject({ status: 'completed', output: 'a!' });
    expect(await manager.pending()).toEqual([]);
    await expectEnded(result.taskId);
  });

  it('are told as they stand when the others have decided the join', async () => {
    const slow = scriptedAgent('slow', async ({ context: { originalTask } }) => {
      await turns();
      if (originalTask === 'Fail') throw new Error('out of order');
      return 'slow!';
    });
    const { manager, expectEnded } = managed({ agents: [slow, lead] });
    const targets = ['lead', 'slow'] as const;
    const made = await manager.parallelHandoff({ targets, task: 'Go', join: 'any' });
    expect(made).toMatchObject({ status: 'completed', output: 'slow!' });
    expect(made.steps.map(({ status }) => status)).toEqual(['cancelled', 'completed']);
    const lost = await manager.parallelHandoff({ targets, task: 'Fail' });
    expect(lost).toMatchObject({ status: 'failed', targetAgentId: 'slow' });
    expect(lost.steps.map(({ status }) => status)).toEqual(['cancelled', 'failed']);
    expect(await manager.pending()).toEqual([]);
    await expectEnded(made.taskId);
    await expectEnded(lost.taskId);
  });
});

describe('branches that open one after the other', () => {
  it('are joined once, whoever opened the task, and the join is found again', async () => {
    const payloadSchema = slowSchema();
    const late = scriptedAgent('late', 'late!', { payloadSchema });
    let finish = (): void => {};
    const a = scriptedAgent('a', async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return 'a!';
    });
    const { manager, expectEnded } = managed({ agents: [late, a] });
    const ask = () =>
      manager.parallelHandoff(
        { targets: ['late', 'a'], task: 'Go', aggregate: (all) => all.map(({ output }) => output) },
        { idempotencyKey: 'k' },
      );
    const asked = ask();
    await until(() => a.calls.length === 1);
    payloadSchema.open();
    await turns();
    finish();
    const result = await asked;
    expect(result).toMatchObject({ status: 'completed', data: ['late!', 'a!'] });
    expect(await ask()).toMatchObject({ status: 'completed', data: ['late!', 'a!'] });
    await expectEnded(result.taskId);
  });

  it('are not opened any more when the join is made', async () => {
    const payloadSchema = slowSchema();
    const late = scriptedAgent('late', 'late!', { payloadSchema });
    const { manager, expectEnded } = managed({ agents: [late, scriptedAgent('a', 'a!')] });
    const asked = manager.parallelHandoff({ targets: ['late', 'a'], task: 'Go', join: 'any' });
    await turns();
    payloadSchema.open();
    const result = await asked;
    expect(result).toMatchObject({ status: 'completed', output: 'a!' });
    expect(result.steps[0]).toMatchObject({
      status: 'cancelled',
      error: {
        code: 'CANCELLED',
        message:
          'The branch to "late" was cancelled before it began: the other branches have decided the join.',
      },
    });
    expect(late.calls).toHaveLength(0);
    await expectEnded(result.taskId);
  });
});

describe('what is known', () => {
  it('keeps an agent’s finding beside the failure of a later visit', async () => {
    let visits = 0;
    const billing = scriptedAgent('billing', () => {
      if (++visits > 1) throw new Error('out of order');
      return 'Invoice 7 is paid.';
    });
    const legal = scriptedAgent('legal', 'Fine.');
    const { manager } = managed({ agents: [billing, legal] });
    const parent = await manager.executeHandoff({ target: 'billing', task: 'Look' });
    await manager.executeHandoff({ target: 'legal', task: 'Check', parent });
    const from = await manager.executeHandoff({ target: 'legal', task: 'Check', parent });
    for (const given of [{ parent: from }, { findings: { billing: 'Invoice 7 is paid.' } }]) {
      const again = { targets: ['billing', 'legal'], task: 'Again', ...given } as never;
      visits = 1;
      for (const result of [
        await manager.failoverHandoff(again),
        await manager.escalateHandoff({ ...(again as object), until: 0 } as never),
      ]) {
        expect(result.findings).toMatchObject({
          billing: 'Invoice 7 is paid.',
          'billing#2': { failed: 'AGENT_FAILED' },
        });
      }
    }
  });

  it('keeps it beside a refusal of which nothing was recorded', async () => {
    const payloadSchema = z.object({ invoice: z.number() });
    const billing = scriptedAgent('billing', 'x', { payloadSchema } as never);
    const { manager } = managed({ agents: [billing, scriptedAgent('legal')] });
    const result = await manager.failoverHandoff({
      targets: ['billing', 'legal'],
      task: 'Look',
      findings: { billing: 'Invoice 7 is paid.' },
    });
    expect(result.findings).toMatchObject({
      billing: 'Invoice 7 is paid.',
      'billing#2': { failed: 'INVALID_PAYLOAD' },
    });
  });

  it('of two branches goes under the agent that said it, though an id begins with the other', async () => {
    const bill = scriptedAgent('bill', () => report({ output: 'x', findings: { of: 'bill' } }));
    const billing = scriptedAgent('billing', () =>
      report({ output: 'y', findings: { of: 'billing' } }),
    );
    const { manager } = managed({ agents: [bill, billing] });
    const before = { bill: 'first', billing: 'first' };
    const targets = ['billing', 'bill'] as const;
    const result = await manager.parallelHandoff({ targets, task: 'Go', findings: before });
    expect(result.findings).toEqual({
      ...before,
      'bill#2': { of: 'bill' },
      'billing#2': { of: 'billing' },
    });
  });

  it('may be large, for many branches too', async () => {
    const agents = Array.from({ length: 8 }, (_, i) => scriptedAgent(`agent-${i}`, `${i}`));
    const { manager, expectEnded } = managed({ agents });
    const findings = { report: 'z'.repeat(300_000) };
    const targets = agents.map(({ id }) => id);
    const result = await manager.parallelHandoff({ targets, task: 'Go', findings });
    expect(result).toMatchObject({ status: 'completed' });
    await expectEnded(result.taskId);
  });
});

describe('what branches found', () => {
  it('stands apart for agents whose ids begin alike, and for one agent that answers twice', async () => {
    const { manager } = managed({
      agents: [
        scriptedAgent('a', ({ call }) => `a${call}`),
        scriptedAgent('ab', 'ab'),
        scriptedAgent('first', 'known'),
      ],
    });
    const parent = await manager.executeHandoff({ target: 'first', task: 'Begin' });
    const targets = ['a', 'ab', 'a'] as const;
    const { findings } = await manager.parallelHandoff({ targets, task: 'Go', parent });
    expect(findings).toEqual({ first: 'known', a: 'a1', ab: 'ab', 'a#2': 'a2' });
  });
});

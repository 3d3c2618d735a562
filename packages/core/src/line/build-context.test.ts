import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { createHandoffContext } from '../context/create-handoff-context.ts';
import { message } from '../context/message.ts';
import { removeToolCalls } from '../context/remove-tool-calls.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;
const unverified = { origin: 'unverified' } as const;

const desk = (options: object = {}) =>
  managed({
    agents: [scriptedAgent('triage'), scriptedAgent('billing'), scriptedAgent('legal')],
    ...options,
  });

const whole = (fields: object = {}) =>
  createHandoffContext({
    sourceAgentId: 'user',
    targetAgentId: 'billing',
    originalTask: 'Refund order 1182',
    ...fields,
  });

describe('the chain of a whole context', () => {
  it('is refused where it is not the one of the task, which the error tells', async () => {
    const { manager } = desk();
    const parent = await manager.executeHandoff({ ...toBilling, source: 'triage' });
    const next = {
      sourceAgentId: 'billing',
      targetAgentId: 'legal',
      parentIds: [parent.handoffId],
      taskId: parent.taskId,
    };
    const chains: [unknown, string][] = [
      [[], ''],
      [['triage'], 'triage'],
      [['billing'], 'billing'],
      [['legal', 'billing'], 'legal, billing'],
      [['billing', 'triage'], 'billing, triage'],
      [['triage', 'billing', 'legal'], 'triage, billing, legal'],
      ['billing', 'billing'],
    ];
    for (const [handoffChain, shown] of chains) {
      const context = { ...whole(next), handoffChain } as ReturnType<typeof whole>;
      // Whoever sent it: the task is known here.
      for (const options of [{}, unverified]) {
        expect(await manager.executeHandoff(context, options)).toMatchObject({
          status: 'rejected',
          error: {
            code: 'INVALID_CONTEXT',
            message: `handoffChain is [${shown}], but the agents that held the task are [triage, billing]. Name the parents of the handoff and leave the chain to the manager.`,
            details: { path: 'handoffChain', expected: ['triage', 'billing'] },
          },
        });
      }
    }
    const handoffChain = ['triage', 'billing'];
    expect(await manager.executeHandoff(whole({ ...next, handoffChain }))).toMatchObject({
      status: 'completed',
    });
  });

  it('may be longer where it comes from elsewhere, and ends with its source, if that is no user', async () => {
    const run = async (fields: object) =>
      (await desk().manager.executeHandoff(whole(fields), unverified)).returnedContext
        ?.handoffChain;
    const handoffChain = ['front', 'middle', 'clerk'];
    expect(await run({ sourceAgentId: 'clerk', handoffChain })).toEqual(handoffChain);
    expect(await run({ handoffChain })).toEqual(handoffChain);
    expect(await run({ sourceAgentId: 'middle', handoffChain })).toBeUndefined();
  });
});

describe('a replay', () => {
  it('asks again what was asked: the same chain, nothing filtered once more', async () => {
    let filtered = 0;
    const context = (parts: object) => {
      filtered++;
      return parts;
    };
    const { manager } = desk({ filters: [{ context } as never] });
    const targets = ['triage', 'billing', 'legal'] as const;
    const { handoffId } = await manager.chainHandoff({ targets, task: 'Refund' });
    filtered = 0;
    const { recorded, replayed } = await manager.replay(handoffId);
    expect(recorded.context.handoffChain).toEqual(['triage', 'billing']);
    expect(replayed.returnedContext?.handoffChain).toEqual(['triage', 'billing']);
    expect(filtered).toBe(0);
  });
});

describe('a whole context', () => {
  it('may leave out a chain that nobody is in', async () => {
    const { handoffChain: _, ...context } = whole();
    const { returnedContext } = await desk().manager.executeHandoff(context as never);
    expect(returnedContext?.handoffChain).toEqual([]);
  });

  it('is taken as it is, whatever filters there are', async () => {
    const { manager } = desk({ filters: [removeToolCalls()] });
    const keyMessages = [
      message.user('My refund?'),
      message.assistant([{ type: 'tool_call', id: 'c', name: 'look', arguments: {} }]),
    ];
    const { returnedContext } = await manager.executeHandoff(whole({ keyMessages }));
    expect(returnedContext?.keyMessages).toEqual(keyMessages);
  });

  it('of a source that is unknown here is refused within a task, whoever sent it', async () => {
    const { manager, store } = desk();
    const parent = await manager.executeHandoff(toBilling);
    const other = managed({ agents: [scriptedAgent('legal')], store, ids: countingIds('-b') });
    const context = whole({
      sourceAgentId: 'billing',
      targetAgentId: 'legal',
      handoffChain: ['billing'],
      parentIds: [parent.handoffId],
      taskId: parent.taskId,
    });
    expect(await other.manager.executeHandoff(context, unverified)).toMatchObject({
      status: 'rejected',
      error: { code: 'AGENT_NOT_FOUND', details: { source: 'billing' } },
    });
  });
});

describe('the payload of a handoff', () => {
  it('is refused with all that its schema finds', async () => {
    const payloadSchema = z.object({ amount: z.number(), currency: z.string() });
    const billing = scriptedAgent('billing', 'Refunded.', { payloadSchema });
    const { manager } = managed({ agents: [billing] });
    const { error } = await manager.executeHandoff({ ...toBilling, payload: {} } as never);
    const problems = error?.details['problems'] as string[];
    expect(problems).toEqual([
      expect.stringMatching(/^amount: /),
      expect.stringMatching(/^currency: /),
    ]);
    expect(error?.message).toBe(
      `The payload for "billing" doesn't satisfy its payloadSchema: ${problems[0]}; ${problems[1]}`,
    );
  });
});

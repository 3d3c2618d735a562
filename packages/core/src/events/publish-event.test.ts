import diagnostics from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { memoryStore } from '../record/memory-store.ts';
import type { LiveEvent } from './handoff-event.ts';
import { eventChannelName, publishEvent } from './publish-event.ts';

type Heard = Record<string, unknown> & { readonly type: string };

const heard: Heard[] = [];
const listener = (event: unknown): void => void heard.push(event as Heard);

function listen(): void {
  diagnostics.subscribe(eventChannelName, listener);
}

afterEach(() => {
  diagnostics.unsubscribe(eventChannelName, listener);
  heard.length = 0;
});

const secret = 'the customer is Ada Lovelace';

/** An agent that says and does things on its way. */
const talker = scriptedAgent('billing', ({ options }) => {
  options.onEvent?.({ type: 'output-delta', delta: secret });
  options.onEvent?.({ type: 'tool-called', toolCallId: 'c-1', toolName: 'refund' });
  return report({ output: secret, findings: { who: secret }, ...tokens(3) });
});
const failing = scriptedAgent('legal', () => {
  throw new Error(secret);
});
const everyone = { publish: () => {}, subscribe: () => () => {} };

describe('the diagnostics channel agent-handoff:event', () => {
  it('has this name', () => {
    expect(eventChannelName).toBe('agent-handoff:event');
  });

  it('tells every record and every live event, in order, without content', async () => {
    listen();
    const { manager, store } = managed({ agents: [talker, failing], events: everyone });
    const first = await manager.executeHandoff({
      target: 'billing',
      task: secret,
      findings: { note: secret },
      instructions: secret,
      metadata: { note: secret },
      payload: secret,
    });
    await manager.executeHandoff({ target: 'legal', task: secret, parent: first });
    await manager.cancel((await manager.createHandoff({ target: 'legal', task: 'x' })).handoffId);
    await manager.executeHandoff({
      target: 'billing',
      source: 'billing',
      task: 'x',
    });
    expect(heard.map(({ type, seq, targetAgentId: to }) => [type, seq, to])).toEqual([
      ['requested', 1, 'billing'],
      ['accepted', 2, 'billing'],
      ['output-delta', undefined, undefined],
      ['tool-called', undefined, undefined],
      ['completed', 3, 'billing'],
      ['requested', 4, 'legal'],
      ['accepted', 5, 'legal'],
      ['failed', 6, 'legal'],
      ['requested', 1, 'legal'],
      ['cancelled', 2, 'legal'],
      ['requested', 1, 'billing'],
      ['rejected', 2, 'billing'],
    ]);
    const { taskId, handoffId } = first;
    const log = await store.readTask(taskId);
    expect(heard[1]).toEqual({
      type: 'accepted',
      taskId,
      handoffId,
      seq: 2,
      sourceAgentId: 'user',
      targetAgentId: 'billing',
      reason: 'specialization',
      at: log[1]?.at,
      attempt: 1,
    });
    expect(heard[2]).toEqual({
      type: 'output-delta',
      taskId,
      handoffId,
      agentId: 'billing',
      attempt: 1,
      length: secret.length,
    });
    expect(heard[3]).toEqual({
      type: 'tool-called',
      taskId,
      handoffId,
      agentId: 'billing',
      attempt: 1,
      toolCallId: 'c-1',
      toolName: 'refund',
    });
    expect(heard[7]).toMatchObject({ errorCode: 'AGENT_FAILED' });
    expect(JSON.stringify(heard)).not.toMatch(/Ada|Lovelace|customer/);
  });

  it('tells what was written where the store lost its answer, once', async () => {
    listen();
    const store = faultyStore(memoryStore(), { method: 'append', when: 'after', calls: [1, 3] });
    const { manager, clock } = managed({ agents: [talker], store });
    const running = manager.executeHandoff({ target: 'billing', task: 'x' });
    await clock.advance(200);
    expect((await running).status).toBe('completed');
    expect(heard.map(({ type, seq }) => [type, seq])).toEqual([
      ['requested', 1],
      ['accepted', 2],
      ['completed', 3],
    ]);
  });

  it('tells nothing that was not written', async () => {
    listen();
    const store = faultyStore(memoryStore(), { method: 'append', when: 'before' });
    const { manager, clock } = managed({ agents: [talker], store });
    const running = manager.executeHandoff({ target: 'billing', task: 'x' });
    await clock.advance(200);
    expect((await running).error?.code).toBe('STORE_FAILED');
    expect(heard).toEqual([]);
  });

  it('costs nothing while nobody listens: the event is not even made', () => {
    let made = 0;
    const event: LiveEvent = {
      type: 'tool-called',
      taskId: 't',
      handoffId: 'h',
      agentId: 'a',
      attempt: 1,
      toolCallId: 'c',
      toolName: 'n',
    };
    const make = () => {
      made++;
      return event;
    };
    publishEvent(make);
    expect(made).toBe(0);
    listen();
    publishEvent(make);
    expect(made).toBe(1);
    expect(heard).toEqual([event]);
  });
});

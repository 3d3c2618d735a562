import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { never, report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import { createAgentState } from '../context/agent-state.ts';
import { message } from '../context/message.ts';
import { localEventChannel } from '../events/event-channel.ts';
import type { LiveEvent } from '../events/handoff-event.ts';
import type { RunBody } from '../execution/execution-engine.ts';
import { inProcessEngine } from '../execution/in-process-engine.ts';
import { defaultLimits } from '../policy/limits.ts';
import type { PolicyRequest } from '../policy/policy.ts';
import { memoryStore } from '../record/memory-store.ts';
import { systemClock } from '../runtime/clock.ts';
import { createHandoffManager } from './create-handoff-manager.ts';

const agents = [scriptedAgent('triage'), scriptedAgent('billing'), scriptedAgent('legal')] as const;
const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

function misconfigured(options: object): unknown {
  try {
    createHandoffManager({ agents, ...options } as never);
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

describe('the options of createHandoffManager', () => {
  it('agents: the given ones, read-only, looked up by id', () => {
    const { manager } = managed({ agents });
    expect([...manager.agents.keys()]).toEqual(['triage', 'billing', 'legal']);
    expect(manager.agents.get('billing')).toBe(agents[1]);
    expect(manager.agents.has('sales')).toBe(false);
    expect([...manager.agents].map(([id]) => id)).toEqual([...manager.agents.keys()]);
    expect([...manager.agents.entries()]).toEqual([...manager.agents]);
    expect([...manager.agents.values()]).toEqual(agents);
    const seen: string[] = [];
    manager.agents.forEach((agent, id) => {
      seen.push(`${id}=${agent.id}`);
    });
    expect(seen).toEqual(['triage=triage', 'billing=billing', 'legal=legal']);
    expect(manager.agents.size).toBe(3);
    expect('set' in manager.agents).toBe(false);
    expect(Object.isFrozen(manager.agents)).toBe(true);
  });

  it.each([
    [
      { maxchain: 1 },
      /A manager has no option "maxchain". Did you mean "maxChain"\? Its options are .*maxChain/,
    ],
    [{ policies: () => 'permit' }, /policies is no list/],
    [{ policies: [() => 'permit'] }, /policies is no list.*decide is a function/],
    [{ policies: [{ name: 'guard' }] }, /policies is no list.*decide is a function/],
    [{ agents: [{ id: 'triage' }] }, /"triage" is not an agent: it has no receiveHandoff/],
    [{ agents: ['triage'] }, /A value without id is not an agent: make one/],
    [{ agents: [agents[0], agents[0]] }, /Two agents have the id "triage": give one/],
    [{ agents: [agents[0], scriptedAgent('Triage')] }, /"triage" and "Triage".*more than case/],
  ])('are refused where a rule would never be asked: %o', (options, says) => {
    expect(misconfigured(options)).toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringMatching(says),
    });
  });

  it('maxChain: how many agents a path passes through', async () => {
    const short = managed({ agents, maxChain: 1 });
    expect(short.manager.maxChain).toBe(1);
    const first = await short.manager.executeHandoff({ source: 'triage', ...toBilling });
    const second = await short.manager.executeHandoff({
      target: 'legal',
      task: 'Check it',
      parent: first,
    });
    expect(second).toMatchObject({ status: 'rejected', error: { code: 'CHAIN_LIMIT' } });

    expect(managed({ agents }).manager.maxChain).toBe(5);
    const none = managed({ agents, maxChain: 0 }).manager;
    expect(await none.executeHandoff(toBilling)).toMatchObject({ status: 'completed' });
    expect(await none.executeHandoff({ source: 'triage', ...toBilling })).toMatchObject({
      error: { code: 'CHAIN_LIMIT' },
    });
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3'])(
    'maxChain: refuses %s',
    (maxChain) => {
      expect(misconfigured({ maxChain })).toMatchObject({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringContaining('maxChain'),
      });
    },
  );

  it('limits.maxHandoffs: bounds the handoffs of a task', async () => {
    const { manager } = managed({ agents, limits: { maxHandoffs: 1 } });
    const first = await manager.executeHandoff(toBilling);
    expect(first.status).toBe('completed');
    expect(
      await manager.executeHandoff({ target: 'legal', task: 'Check it', parent: first }),
    ).toMatchObject({
      status: 'rejected',
      error: { code: 'LIMIT_EXCEEDED', details: { limit: 'maxHandoffs', bound: 1, used: 1 } },
    });
  });

  it('limits.maxVisitsPerAgent: bounds how often an agent holds the task', async () => {
    const { manager } = managed({ agents, limits: { maxVisitsPerAgent: 1 } });
    const first = await manager.executeHandoff(toBilling);
    const second = await manager.executeHandoff({ target: 'legal', task: 'Check', parent: first });
    expect(
      await manager.executeHandoff({ target: 'billing', task: 'Pay', parent: second }),
    ).toMatchObject({ error: { code: 'CYCLE', details: { visits: 1, maxVisitsPerAgent: 1 } } });
  });

  it('limits.maxTokens: no handoff begins once they are spent', async () => {
    const costly = scriptedAgent('billing', () => report(tokens(120)));
    const { manager } = managed({ agents: [costly, agents[2]], limits: { maxTokens: 100 } });
    const first = await manager.executeHandoff(toBilling);
    expect(first).toMatchObject({ status: 'completed', usage: { totalTokens: 120 } });
    expect(
      await manager.executeHandoff({ target: 'legal', task: 'Check', parent: first }),
    ).toMatchObject({ error: { code: 'LIMIT_EXCEEDED', details: { limit: 'maxTokens' } } });
  });

  it('limits.maxCostUsd and price: no handoff begins once the money is spent', async () => {
    const costly = scriptedAgent('billing', () => report(tokens(120)));
    const asked: unknown[] = [];
    const { manager } = managed({
      agents: [costly, agents[2]],
      limits: { maxCostUsd: 1 },
      price: (usage, agent) => {
        asked.push([usage.totalTokens, agent.agentId]);
        return usage.totalTokens / 100;
      },
    });
    const first = await manager.executeHandoff(toBilling);
    expect(first).toMatchObject({ status: 'completed', usage: { costUsd: 1.2 } });
    expect(asked).toEqual([[120, 'billing']]);
    expect(
      await manager.executeHandoff({ target: 'legal', task: 'Check', parent: first }),
    ).toMatchObject({ error: { code: 'LIMIT_EXCEEDED', details: { limit: 'maxCostUsd' } } });
  });

  it('price: what the agent itself reports as cost counts before it', async () => {
    const billed = scriptedAgent('billing', () =>
      report({ usage: { costUsd: 7, inputTokens: 1, outputTokens: 1, totalTokens: 2 } }),
    );
    const { manager } = managed({ agents: [billed], price: () => 0.5 });
    expect(await manager.executeHandoff(toBilling)).toMatchObject({ usage: { costUsd: 7 } });
  });

  it('limits.maxCostUsd: refused without a price', () => {
    expect(misconfigured({ limits: { maxCostUsd: 1 } })).toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('price'),
    });
  });

  it('limits.timeoutMs: an agent that takes longer fails', async () => {
    const { manager, clock } = managed({
      agents: [scriptedAgent('billing', never)],
      limits: { timeoutMs: 1_000 },
    });
    const running = manager.executeHandoff(toBilling);
    await clock.advance(999);
    expect((await manager.history())[0]?.status).toBe('running');
    await clock.advance(1);
    expect(await running).toMatchObject({
      status: 'failed',
      error: { code: 'DEADLINE_EXCEEDED' },
      durationMs: 1_000,
    });
  });

  it('limits.timeoutMs and approvalTimeoutMs: may be as long as a number says', async () => {
    const { manager } = managed({
      agents: [scriptedAgent('billing'), createPersonAgent({ id: 'lead' })],
      limits: { timeoutMs: Number.MAX_SAFE_INTEGER },
      approvalTimeoutMs: Number.MAX_SAFE_INTEGER,
    });
    const turn = { entry: 'billing', input: 'Refund', threadId: 't' } as const;
    expect(await manager.run(turn)).toMatchObject({ status: 'completed' });
    const { handoffId } = await manager.executeHandoff({ target: 'lead', task: 'May I?' });
    expect(await manager.pending()).toMatchObject([
      { handoffId, expiresAt: '9999-12-31T23:59:59.999Z' },
    ]);
  });

  it('limits: each has its default, and a given one replaces only its own', async () => {
    const { manager, store } = managed({ agents, limits: { maxTokens: 2_000_000 } });
    const { taskId } = await manager.executeHandoff(toBilling);
    const [first] = await store.readTask(taskId);
    expect(first?.ledger.limits).toEqual({ ...defaultLimits, maxTokens: 2_000_000 });
  });

  it.each([
    { maxHandoffs: 0 },
    { maxHandoffs: 2.5 },
    { maxTokens: Number.NaN },
    { maxVisitsPerAgent: -1 },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { maxHops: 3 },
  ])('limits: refuses %o', (limits) => {
    expect(misconfigured({ limits })).toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining(Object.keys(limits)[0] as string),
    });
  });

  it('policies: asked in order, with context, origin and principal, until one refuses', async () => {
    const asked: [string, PolicyRequest][] = [];
    const policy = (name: string, answer: 'permit' | { deny: string }) => ({
      name,
      decide(request: PolicyRequest) {
        asked.push([name, request]);
        return Promise.resolve(answer);
      },
    });
    const { manager, log, expectEnded } = managed({
      agents,
      policies: [
        policy('open', 'permit'),
        policy('shut', { deny: 'not on Sundays' }),
        policy('never', 'permit'),
      ],
    });
    const result = await manager.executeHandoff(toBilling, {
      principal: 'ann',
      origin: 'verified',
    });
    expect(result).toMatchObject({
      status: 'rejected',
      error: {
        code: 'POLICY_DENIED',
        message: expect.stringMatching(/"shut".*"billing".*not on Sundays/),
        details: { policy: 'shut', target: 'billing' },
      },
    });
    expect(asked.map(([name]) => name)).toEqual(['open', 'shut']);
    expect(asked[0]?.[1]).toMatchObject({
      origin: 'verified',
      principal: 'ann',
      context: { originalTask: 'Refund order 1182', targetAgentId: 'billing' },
    });
    expect(await log(result.taskId)).toEqual([
      'requested user>billing',
      'rejected user>billing POLICY_DENIED',
    ]);
    await expectEnded(result.taskId);
  });

  it('store: everything is in it, and another manager on it reads it', async () => {
    const store = memoryStore();
    const { manager } = managed({ agents, store });
    const result = await manager.executeHandoff(toBilling);
    expect((await store.readTask(result.taskId)).length).toBe(3);
    const other = managed({ agents, store, ids: countingIds('-b') }).manager;
    expect((await other.get(result.handoffId))?.result).toEqual(result);
    expect(await managed({ agents }).manager.get(result.handoffId)).toBeUndefined();
  });

  it('engine: runs every handoff and chain', async () => {
    const inner = inProcessEngine();
    const submitted: string[] = [];
    const defined: string[] = [];
    const engine = {
      ...inner,
      define<Input, Output>(name: string, body: RunBody<Input, Output>): void {
        defined.push(name);
        inner.define(name, body);
      },
      submit(name: string, input: unknown, options: { readonly id: string }): Promise<void> {
        submitted.push(name);
        return inner.submit(name, input, options);
      },
    };
    const { manager } = managed({ agents, engine, name: 'desk' });
    expect(defined.sort()).toEqual([
      'desk/branch',
      'desk/chain',
      'desk/escalate',
      'desk/failover',
      'desk/handoff',
      'desk/parallel',
      'desk/recorded',
      'desk/run',
    ]);
    await manager.executeHandoff(toBilling);
    await manager.chainHandoff({ targets: ['billing'], task: 'Refund' });
    await manager.streamHandoff(toBilling).result;
    await manager.submitHandoff(toBilling);
    expect(submitted).toEqual(['desk/handoff', 'desk/chain', 'desk/handoff', 'desk/handoff']);
  });

  it('redact: hides more, or nothing, in what is stored, sent and returned', async () => {
    const say = () =>
      report({ output: 'PIN-4711 and sk-abcdefghijklmnopqrstuvwx', findings: { pin: 'x' } });
    const task = 'Check PIN-4711 with sk-abcdefghijklmnopqrstuvwx';
    const run = async (redact?: false | { keys: string[]; patterns: RegExp[] }) => {
      const agent = scriptedAgent('billing', say);
      const { manager, store } = managed({
        agents: [agent],
        ...(redact === undefined ? {} : { redact }),
      });
      const result = await manager.executeHandoff({ target: 'billing', task });
      const log = await store.readTask(result.taskId);
      const digests = log.flatMap(({ contextDigest, outcomeDigest = '' }) => [
        contextDigest,
        outcomeDigest,
      ]);
      const stored = JSON.stringify(await store.readBodies(result.taskId, digests));
      return [stored, JSON.stringify(result), JSON.stringify(agent.calls[0]?.context)];
    };
    for (const text of await run()) {
      expect(text).toContain('PIN-4711');
      expect(text).not.toContain('sk-abcdef');
    }
    for (const text of await run({ keys: ['pin'], patterns: [/PIN-\d+/] })) {
      expect(text).not.toMatch(/PIN-4711|sk-abcdef|"pin\\*":\\*"x/);
    }
    for (const text of await run(false)) {
      expect(text).toContain('PIN-4711');
      expect(text).toContain('sk-abcdef');
    }
  });

  it('redact: never touches what the manager itself counts by', async () => {
    const billing = scriptedAgent('billing', () => report({ ...tokens(7), confidence: 0.5 }));
    const { manager, store, expectEnded } = managed({
      agents: [billing],
      redact: { keys: [/token/i, /confidence/, /status/, /usage/, /code/] },
    });
    const result = await manager.executeHandoff(toBilling);
    expect(result).toMatchObject({
      status: 'completed',
      finalConfidence: 0.5,
      usage: { totalTokens: 7 },
    });
    expect((await store.readTask(result.taskId)).at(-1)?.ledger.used.tokens).toBe(7);
    await expectEnded(result.taskId);
  });

  it('redact: hides more, or nothing, in the summary of a state', async () => {
    const login = { type: 'tool_call', id: 'a', name: 'login', arguments: { pin: 7, pwd: 'x' } };
    const state = createAgentState({
      agentId: 'triage',
      messages: [message.assistant([login as never])],
    });
    const summary = async (redact: false | { keys: string[] }) =>
      (await managed({ agents, redact }).manager.createHandoff({ ...toBilling, state }))
        .conversationSummary;
    expect(await summary({ keys: ['pin'] })).toMatch(/"pin":"\[redacted\]","pwd":"\[redacted\]"/);
    expect(await summary(false)).toMatch(/"pin":7,"pwd":"x"/);
  });

  it('summarize: writes the summary of a state', async () => {
    const { manager } = managed({ agents, summarize: (messages) => `${messages.length} said` });
    const state = createAgentState({ agentId: 'triage', messages: [message.user('hi')] });
    const context = await manager.createHandoff({ ...toBilling, state });
    expect(context.conversationSummary).toBe('1 said');
    const plain = await managed({ agents }).manager.createHandoff({ ...toBilling, state });
    expect(plain.conversationSummary).toBe('[USER]: hi');
  });

  it('estimateConfidence: judges an answer that says nothing of it, and only that', async () => {
    const sure = scriptedAgent('legal', () => report({ confidence: 0.25 }));
    const asked: unknown[] = [];
    const { manager } = managed({
      agents: [agents[1], sure],
      estimateConfidence: (output, confidence) => {
        asked.push([output, confidence]);
        return 0.75;
      },
    });
    expect(await manager.executeHandoff(toBilling)).toMatchObject({ finalConfidence: 0.75 });
    expect(asked).toEqual([['billing is done', 0]]);
    expect(await manager.executeHandoff({ target: 'legal', task: 'Check' })).toMatchObject({
      finalConfidence: 0.25,
    });
    expect(asked).toHaveLength(1);
  });

  it('events: carries live events', async () => {
    const published: LiveEvent[] = [];
    const local = localEventChannel();
    const talker = scriptedAgent('billing', ({ options }) => {
      options.onEvent?.({ type: 'output-delta', delta: 'Hel' });
      return 'Hello';
    });
    const { manager } = managed({
      agents: [talker],
      events: {
        publish: (event) => void published.push(event),
        subscribe: (taskId, listener) => local.subscribe(taskId, listener),
      },
    });
    const { taskId, handoffId } = await manager.executeHandoff(toBilling);
    expect(published).toEqual([
      { type: 'output-delta', delta: 'Hel', taskId, handoffId, agentId: 'billing', attempt: 1 },
    ]);
  });

  it('events: an agent streams only where its task is followed', async () => {
    const agent = scriptedAgent('billing');
    const { manager } = managed({ agents: [agent] });
    await manager.executeHandoff(toBilling);
    expect(agent.calls[0]?.options.onEvent).toBeUndefined();
    await manager.streamHandoff(toBilling).result;
    expect(agent.calls[1]?.options.onEvent).toBeTypeOf('function');
  });

  it('clock: every time comes from it', async () => {
    const clock = new ManualClock('2031-05-06T07:08:09.010Z');
    const { manager, store } = managed({ agents, clock });
    const result = await manager.executeHandoff(toBilling);
    const entry = await manager.get(result.handoffId);
    expect(entry).toMatchObject({
      requestedAt: '2031-05-06T07:08:09.010Z',
      acceptedAt: '2031-05-06T07:08:09.010Z',
      endedAt: '2031-05-06T07:08:09.010Z',
      context: { createdAt: '2031-05-06T07:08:09.010Z' },
    });
    const [, accepted] = await store.readTask(result.taskId);
    expect(accepted?.leaseUntil).toBe('2031-05-06T07:13:39.010Z');

    const real = createHandoffManager({ agents });
    const before = systemClock.now();
    const context = await real.createHandoff(toBilling);
    expect(Date.parse(context.createdAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(context.createdAt)).toBeLessThanOrEqual(systemClock.now());
  });

  it('ids: every id and salt comes from it', async () => {
    const kinds = new Set<string>();
    const counting = countingIds();
    const { manager, store } = managed({
      agents,
      ids: (kind) => {
        kinds.add(kind);
        return counting(kind);
      },
    });
    const result = await manager.executeHandoff(toBilling, { origin: 'unverified' });
    expect(result).toMatchObject({ taskId: 'task-1', handoffId: 'handoff-1' });
    const log = await store.readTask('task-1');
    expect(log.map(({ recordId }) => recordId)).toEqual(['record-1', 'record-2', 'record-3']);
    const [body] = await store.readBodies('task-1', [log[0]?.contextDigest as string]);
    expect(body?.salt).toBe('salt-1');
    expect([...kinds].sort()).toEqual(['delimiter', 'handoff', 'record', 'salt', 'task']);
  });

  it('name: part of every idempotency key; `default` where none is given', async () => {
    const store = memoryStore();
    const run = async (name?: string) => {
      const { manager } = managed({ agents, store, ...(name === undefined ? {} : { name }) });
      const { taskId } = await manager.executeHandoff(toBilling, { idempotencyKey: 'k' });
      return { name: manager.name, taskId };
    };
    const [first, again, other] = [await run(), await run('default'), await run('desk')];
    expect(first.name).toBe('default');
    expect(again).toEqual(first);
    expect(other.name).toBe('desk');
    expect(other.taskId).not.toBe(first.taskId);
  });
});

describe('createHandoffManager with the defaults', () => {
  it('keeps no task of another manager', async () => {
    const [one, two] = [createHandoffManager({ agents }), createHandoffManager({ agents })];
    const { handoffId } = await one.executeHandoff(toBilling);
    expect(await one.get(handoffId)).toBeDefined();
    expect(await two.get(handoffId)).toBeUndefined();
  });

  it('leaves no timer behind', async () => {
    const { manager, clock } = managed({ agents });
    const running = manager.executeHandoff(toBilling);
    await until(() => clock.waiting === 0);
    await running;
    expect(clock.waiting).toBe(0);
  });
});

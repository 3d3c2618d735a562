import { expect } from 'vitest';
import type { Message } from '../../src/context/message.ts';
import { errorCodes } from '../../src/errors/error-code.ts';
import { HandoffError } from '../../src/errors/handoff-error.ts';
import type { HandoffResult } from '../../src/line/handoff-result.ts';
import type { HandoffManager } from '../../src/manager/handoff-manager.ts';
import { type HandoffRecord, isEnd } from '../../src/record/handoff-record.ts';
import type { AgentId, AgentPlan, World } from './world.ts';

/** What holds of every task, whatever happened. */
export async function expectSound(world: World, manager: HandoffManager): Promise<void> {
  const { handoffs } = await world.store.query({ limit: 10_000 });
  for (const taskId of new Set(handoffs.map(([first]) => first?.taskId ?? ''))) {
    const log = await world.store.readTask(taskId);
    expect(await world.wait(manager.verify(taskId)), taskId).toMatchObject({ intact: true });
    expectBalanced(log);
  }
  const byDigest = new Map(handoffs.flat().map((record) => [record.digest, record]));
  for (const own of handoffs) expectCourse(world, own, byDigest);
  expectCalls(world, new Map(handoffs.map((own) => [own[0]?.handoffId ?? '', own])));
  expectResults(world);
  await expectThreads(world, manager);
}

/** No grant is overspent, limits only get tighter, and in the end nothing is set aside. */
function expectBalanced(log: readonly HandoffRecord[]): void {
  let before: HandoffRecord | undefined;
  for (const record of log) {
    const { limits, used, reserved } = record.ledger;
    if (record.type === 'accepted' && record.attempt === 1) {
      const set = reserved.tokens - (before?.ledger.reserved.tokens ?? 0);
      expect(set).toBeGreaterThan(0);
      expect(used.tokens + reserved.tokens).toBeLessThanOrEqual(limits.maxTokens);
      expect(used.handoffs + reserved.handoffs).toBeLessThanOrEqual(limits.maxHandoffs);
    }
    expect(Math.min(used.tokens, reserved.tokens, reserved.handoffs)).toBeGreaterThanOrEqual(0);
    if (before) {
      expect(limits.maxHandoffs).toBeLessThanOrEqual(before.ledger.limits.maxHandoffs);
      expect(limits.maxTokens).toBeLessThanOrEqual(before.ledger.limits.maxTokens);
      expect(used.tokens).toBeGreaterThanOrEqual(before.ledger.used.tokens);
    }
    before = record;
  }
  expect(before?.ledger.reserved).toEqual({ costUsd: 0, handoffs: 0, tokens: 0 });
}

/** One end, by a listed edge, within the scope of what it continues. */
function expectCourse(
  { plan }: World,
  own: readonly HandoffRecord[],
  byDigest: ReadonlyMap<string, HandoffRecord>,
): void {
  const [requested] = own as readonly [HandoffRecord];
  const { handoffId, parents, scope, source, target, reason } = requested;
  expect(own.filter(isEnd), `ends of ${handoffId}`).toHaveLength(1);
  expect(isEnd(own.at(-1) as HandoffRecord)).toBe(true);
  const accepted = own.filter(({ type }) => type === 'accepted');
  const agents: Readonly<Record<string, AgentPlan>> = plan.agents;
  if (accepted.length > 0) {
    // A replay goes no path: it asks again.
    if (requested.replayOf === undefined) {
      expect(source).not.toBe(target);
      expect(
        allowedBy(agents[source], reason, target as AgentId),
        `${source} ${reason} ${target}`,
      ).toBe(true);
    }
    expect(plan.refused).not.toContain(target);
    const first = own.indexOf(accepted[0] as HandoffRecord);
    const isApproved = own.slice(0, first).some(({ decision }) => decision === 'approve');
    if (plan.approved.includes(target as AgentId)) expect(isApproved, handoffId).toBe(true);
  }
  for (const wider of [
    agents[target]?.scope,
    ...parents.slice(1).map((digest) => byDigest.get(digest)?.scope),
  ]) {
    if (wider === undefined || wider.includes('*')) continue;
    expect(wider).toEqual(expect.arrayContaining([...scope]));
  }
  // A second claim continues what waited, or repeats what may be repeated.
  for (const again of accepted.slice(1)) {
    const before = own[own.indexOf(again) - 1];
    if (before?.type === 'accepted') expect(agents[target]?.repeatable, handoffId).toBe(true);
  }
}

function allowedBy(agent: AgentPlan | undefined, reason: string, target: AgentId): boolean {
  if (!agent || reason === 'completion') return true;
  const { canTransferTo, canDelegateTo, canEscalateTo } = agent;
  if (!canTransferTo && !canDelegateTo && !canEscalateTo) return true;
  const lists = {
    specialization: [canTransferTo, canDelegateTo],
    delegation: [canDelegateTo],
    escalation: [canEscalateTo],
    failure: [canTransferTo, canDelegateTo, canEscalateTo],
  }[reason];
  return lists?.some((list) => list?.includes(target)) ?? false;
}

/** No agent is called without a claim, or twice under one; none is offered what it may not do. */
function expectCalls(
  { calls, plan }: World,
  own: ReadonlyMap<string, readonly HandoffRecord[]>,
): void {
  const times = new Map<string, number>();
  for (const { context, options } of calls) {
    const { handoffId, targetAgentId, scope } = context;
    times.set(handoffId, (times.get(handoffId) ?? 0) + 1);
    expect(scope).toEqual(own.get(handoffId)?.[0]?.scope);
    const declared = (plan.agents as Readonly<Record<string, AgentPlan>>)[targetAgentId];
    const offered = [
      ...(declared?.canTransferTo ?? []).map((id) => `transfer_to_${id}`),
      ...(declared?.canDelegateTo ?? []).map((id) => `delegate_to_${id}`),
      ...(declared?.canEscalateTo ?? []).map((id) => `escalate_to_${id}`),
    ];
    for (const { name } of options.tools ?? []) expect(offered).toContain(name);
  }
  for (const [handoffId, called] of times) {
    const claims = own.get(handoffId)?.filter(({ type }) => type === 'accepted') ?? [];
    expect(called, `calls of ${handoffId}`).toBeLessThanOrEqual(claims.length);
  }
}

/** Every result is one of its kinds, and what was thrown is a mistake with a name. */
function expectResults({ asked }: World): void {
  for (const { what, by, isOver, settled, fault } of asked) {
    if (by.view.isDead) continue;
    expect(isOver, `${what} ends`).toBe(true);
    if (fault !== undefined) {
      expect(HandoffError.isInstance(fault), `${what}: ${String((fault as Error).stack)}`).toBe(
        true,
      );
      continue;
    }
    if (typeof settled !== 'object' || !('success' in settled)) continue;
    expect(settled.success).toBe(settled.status === 'completed');
    if (settled.error) expect(errorCodes[settled.error.code].outcome).toBe(settled.status);
    for (const step of stepsOf(settled)) expectAnswered(step.messages ?? [], what);
  }
}

function stepsOf(result: HandoffResult): readonly HandoffResult[] {
  return 'steps' in result ? (result.steps as readonly HandoffResult[]) : [result];
}

/** Every tool call is answered once. */
function expectAnswered(messages: readonly Message[], where: string): void {
  const parts = messages.flatMap((one) => one.parts);
  const asked = parts.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
  const answered = parts.flatMap((part) => (part.type === 'tool_call_response' ? [part.id] : []));
  expect(answered.sort(), where).toEqual(asked.sort());
}

/** Turns don't mix, and none that its caller was told of is lost. */
async function expectThreads(world: World, manager: HandoffManager): Promise<void> {
  for (const threadId of ['t1', 't2']) {
    const thread = await world.wait(manager.getThread(threadId));
    const messages = thread?.messages ?? [];
    expectAnswered(messages, threadId);
    const texts = messages.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'text' ? [part.content] : [])),
    );
    const turns = new Map<string, number>();
    let turn = -1;
    for (const text of texts) {
      if (text.startsWith('Work ')) turn++;
      const said = /^said in (.*)$/.exec(text)?.[1];
      if (said === undefined) continue;
      expect(turns.get(said) ?? turn, `${threadId}: ${texts.join(' | ')}`).toBe(turn);
      turns.set(said, turn);
    }
    if (world.deletedThreads.has(threadId)) continue;
    for (const { settled, threadId: asked, input, by } of world.asked) {
      if (asked !== threadId || input === undefined || by.view.isDead) continue;
      if (settled?.status !== 'completed') continue;
      expect(
        texts.filter((text) => text === input),
        `${threadId} has "${input}"`,
      ).toHaveLength(1);
    }
  }
}

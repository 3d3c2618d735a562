import { HandoffError, type HandoffRecord } from '@agent-handoff/core';
import type { HandoffAction, Permission } from './handler-options.ts';
import type { Call, Serving } from './serving.ts';

/** A handoff that the caller may see, with the log of its task. */
export interface PermittedHandoff {
  readonly taskId: string;
  readonly handoffId: string;
  /** Its first record. */
  readonly requested: HandoffRecord;
  readonly log: readonly HandoffRecord[];
}

/**
 * The handoff, if the caller may do this with it: a task belongs to the principal of its first record.
 *
 * @throws HandoffError `HANDOFF_NOT_FOUND`, in the same words for a handoff of somebody else and for
 * one that doesn't exist.
 */
export async function permitHandoff(
  serving: Serving,
  call: Call,
  action: Exclude<HandoffAction, 'create' | 'delete'>,
  handoffId: string,
): Promise<PermittedHandoff> {
  const { store } = serving.manager;
  const taskId = await store.findTask(handoffId);
  const log = taskId === undefined ? [] : await store.readTask(taskId);
  const requested = log.find((record) => record.handoffId === handoffId);
  if (taskId === undefined || requested === undefined) throw notFound(handoffId);
  const owner = log[0]?.principal;
  const permission = await ask(serving.authorize, call, action, requested.target, {
    handoffId,
    owner,
  });
  const isOwner = owner !== undefined && owner === call.caller.id;
  if (permission === undefined || !(isOwner || permission.beyondOwner === true)) {
    throw notFound(handoffId);
  }
  return { taskId, handoffId, requested, log };
}

/** Whether the caller may decide about a handoff that waits. */
export async function mayDecide(serving: Serving, call: Call, handoffId: string): Promise<boolean> {
  try {
    await permitHandoff(serving, call, 'resume', handoffId);
    return true;
  } catch (thrown) {
    if (HandoffError.isInstance(thrown) && thrown.code === 'HANDOFF_NOT_FOUND') return false;
    throw thrown;
  }
}

/**
 * Whether the caller may hand work to this agent, and within which bounds. Continuing a task takes
 * that it is the caller's.
 *
 * @throws HandoffError `POLICY_DENIED`; `HANDOFF_NOT_FOUND` for the parent.
 */
export async function permitCreate(
  serving: Serving,
  call: Call,
  targetAgentId: string,
  parentId?: string,
): Promise<Permission> {
  let owner: string | undefined;
  if (parentId !== undefined) {
    const taskId = await serving.manager.store.findTask(parentId);
    const log = taskId === undefined ? [] : await serving.manager.store.readTask(taskId);
    if (log.length === 0) throw notFound(parentId);
    owner = log[0]?.principal;
  }
  const permission = await askForWork(serving.authorize, call, targetAgentId, owner);
  const isOwner = parentId === undefined || (owner !== undefined && owner === call.caller.id);
  if (!isOwner && permission.beyondOwner !== true) throw notFound(parentId);
  return permission;
}

/**
 * Asks `authorize` whether the caller may hand work to this agent.
 *
 * @throws HandoffError `POLICY_DENIED`.
 */
export async function askForWork(
  authorize: Serving['authorize'],
  call: Call,
  targetAgentId: string,
  owner?: string,
): Promise<Permission> {
  const permission = await ask(authorize, call, 'create', targetAgentId, { owner });
  if (permission !== undefined) return permission;
  throw new HandoffError(
    'POLICY_DENIED',
    `The caller may not hand work to ${JSON.stringify(targetAgentId)}: ask whoever runs this server.`,
    { details: { target: targetAgentId } },
  );
}

/** Whether the caller may do this with something of their own that is no handoff. */
export async function askAbout(
  { authorize }: Serving,
  call: Call,
  action: 'read' | 'delete',
  targetAgentId: string,
  owner: string,
): Promise<boolean> {
  return (await ask(authorize, call, action, targetAgentId, { owner })) !== undefined;
}

/** Asks for one action; nobody may decide what waits unless somebody says who may. */
async function ask(
  authorize: Serving['authorize'],
  { caller, request }: Call,
  action: HandoffAction,
  targetAgentId: string,
  { handoffId, owner }: { readonly handoffId?: string; readonly owner: string | undefined },
): Promise<Permission | undefined> {
  if (authorize === undefined) return action === 'resume' ? undefined : {};
  const answer: unknown = await authorize({
    action,
    caller,
    targetAgentId,
    ...(handoffId === undefined ? {} : { handoffId }),
    ...(owner === undefined ? {} : { owner }),
    request: request.native,
  });
  if (answer === true) return {};
  // Whatever isn't a clear yes is a no.
  return typeof answer === 'object' && answer !== null ? answer : undefined;
}

function notFound(handoffId: string): HandoffError {
  return new HandoffError(
    'HANDOFF_NOT_FOUND',
    `There is no handoff ${JSON.stringify(handoffId)} here for this caller.`,
    { details: { handoffId } },
  );
}

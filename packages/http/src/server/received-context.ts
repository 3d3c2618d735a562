import { type HandoffContext, type Json, parseHandoffContext } from '@agent-handoff/core';
import { derivedIds } from './derived-id.ts';

/** Under this key of its metadata a context that came in says which handoff of its sender's it was. */
const senderKey = 'handoff.sender';

/** Whose context it is, and what it came with. */
export interface ContextSender {
  /** The manager's, so that two on one store stay apart. */
  readonly managerName: string;
  readonly principal: string;
  /** Default: the handoff's id, which names the work already. */
  readonly idempotencyKey: string | undefined;
}

/**
 * The context in a body, as a task of its own on this side. Its ids derive from sender and key: sent
 * twice it is the same handoff, and nobody can name a task of somebody else. Chain, source, balance,
 * scope and deadline stay as they are there.
 *
 * @throws HandoffError as `parseHandoffContext` does.
 */
export async function receiveContext(body: Json, sender: ContextSender): Promise<HandoffContext> {
  const context = parseHandoffContext(body);
  const { handoffId, taskId, parentIds, metadata } = context;
  const { managerName, principal, idempotencyKey = handoffId } = sender;
  const [ownHandoffId, ownTaskId] = await derivedIds(
    'handoff',
    managerName,
    principal,
    idempotencyKey,
  );
  return {
    ...context,
    handoffId: ownHandoffId,
    taskId: ownTaskId,
    parentIds: [],
    metadata: { ...metadata, [senderKey]: { handoffId, parentIds, taskId } },
  };
}

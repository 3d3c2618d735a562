import type { HandoffEntry, HandoffManager } from '@agent-handoff/core';
import { HandoffError, keyedHandoffId } from '@agent-handoff/core/adapter';

/** What names a handoff to its manager. */
export interface OnceKey {
  readonly idempotencyKey?: string;
}

/**
 * Does work under an idempotency key, because LangGraph runs nodes and tools again: to resume them, and to
 * try them again. What is done, or waits, is found. What had ended otherwise before this call is done
 * anew, under a key that follows from the first, and is told how it had ended; only who was denied an
 * approval stays denied.
 */
export async function onceInGraph<Result>(
  manager: HandoffManager,
  { idempotencyKey: key }: OnceKey,
  work: (key: OnceKey, failed?: HandoffEntry) => Promise<Result>,
): Promise<Result> {
  if (key === undefined) return work({});
  let earlier: HandoffEntry | undefined;
  for (let tries = 0; ; tries++) {
    const idempotencyKey = tries === 0 ? key : `${key}#${tries}`;
    const over = await unfinishedUnder(manager, idempotencyKey);
    try {
      return await work({ idempotencyKey }, earlier);
    } catch (thrown) {
      if (!HandoffError.isInstance(thrown)) throw thrown;
      earlier = over.find(({ handoffId }) => handoffId === thrown.details['handoffId']);
      if (earlier === undefined) throw thrown;
    }
  }
}

/** The handoffs under a key that have ended, and not completed. */
async function unfinishedUnder(
  manager: HandoffManager,
  idempotencyKey: string,
): Promise<readonly HandoffEntry[]> {
  const known = await manager.get(await keyedHandoffId(manager, { idempotencyKey }));
  if (known === undefined) return [];
  return (await manager.history({ taskId: known.taskId })).filter(isUnfinished);
}

const isUnfinished = ({ status, result }: HandoffEntry): boolean =>
  ['failed', 'cancelled', 'rejected'].includes(status) &&
  (result?.success === true || result?.error.code !== 'APPROVAL_DENIED');

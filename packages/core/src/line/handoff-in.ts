import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffState, TaskState } from '../record/task-state.ts';

/**
 * A handoff of a task whose log was read again.
 *
 * @throws HandoffError `STORE_FAILED` where the store has dropped the task meanwhile, since it ended.
 */
export function handoffIn({ handoffs }: TaskState, handoffId: string): HandoffState {
  const handoff = handoffs.get(handoffId);
  if (handoff) return handoff;
  throw new HandoffError(
    'STORE_FAILED',
    `The handoff "${handoffId}" is not in the store any more: raise the store's maxTasks, or use a store that keeps it.`,
    { details: { handoffId }, retryable: false },
  );
}

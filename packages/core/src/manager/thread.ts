import { isIdentifier } from '../context/identifier.ts';
import type { Message } from '../context/message.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { readStore } from '../line/append-records.ts';
import type { Line } from '../line/line.ts';
import { readThread } from '../patterns/thread-turn.ts';

/** A conversation that spans calls. Plain JSON. */
export interface Thread {
  readonly threadId: string;
  /** Who gets the next turn. */
  readonly activeAgentId: string;
  /** What was said and done in the turns that are over, oldest first. */
  readonly messages: readonly Message[];
  /** The first handoff of the turn that goes on now, or waits for a decision. */
  readonly openHandoffId?: string;
  /** RFC 3339 UTC. */
  readonly updatedAt: string;
}

/** A thread as it stands; undefined for one that doesn't exist. */
export async function getThread(line: Line, threadId: string): Promise<Thread | undefined> {
  const found = await readThread(line, checkThreadId(threadId));
  if (!found) return undefined;
  const { activeAgentId, messages, turn, updatedAt } = found.state;
  return {
    threadId,
    activeAgentId,
    messages,
    ...(turn === undefined ? {} : { openHandoffId: turn.handoffId }),
    updatedAt,
  };
}

/** Forgets a thread; the tasks of its turns stay in the history. Whether there was one. */
export async function deleteThread(line: Line, threadId: string): Promise<boolean> {
  const id = checkThreadId(threadId);
  return readStore(() => line.threads.deleteThread(id), `delete thread "${id}"`);
}

/** @throws HandoffError `INVALID_CONFIGURATION` for what is no id. */
export function checkThreadId(threadId: string): string {
  if (isIdentifier(threadId)) return threadId;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `threadId is ${JSON.stringify(threadId)}: give an id of letters, digits and . _ : -, at most 128 characters.`,
  );
}

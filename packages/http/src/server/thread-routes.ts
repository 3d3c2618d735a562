import { HandoffError, type Thread } from '@agent-handoff/core';
import type { Reply } from '../wire/reply.ts';
import { json } from './handoff-routes.ts';
import { askAbout } from './permit.ts';
import type { Call, Serving } from './serving.ts';
import { storedThreadId } from './thread-id.ts';

/** `GET /threads/:id`: a conversation of the caller's, and who has it now. */
export async function readThread(serving: Serving, call: Call, threadId: string): Promise<Reply> {
  const { thread } = await permitThread(serving, call, 'read', threadId);
  return json({ ...thread, threadId });
}

/** `DELETE /threads/:id`: forgets a conversation; the tasks of its turns stay. */
export async function deleteThread(serving: Serving, call: Call, threadId: string): Promise<Reply> {
  const { storedId } = await permitThread(serving, call, 'delete', threadId);
  await serving.manager.deleteThread(storedId);
  return { status: 204, headers: {}, body: null };
}

/** The caller's conversation of that id: nobody else's can be named at all. */
async function permitThread(
  serving: Serving,
  call: Call,
  action: 'read' | 'delete',
  threadId: string,
): Promise<{ readonly storedId: string; readonly thread: Thread }> {
  const { manager } = serving;
  const { id: principal } = call.caller;
  const storedId = await storedThreadId({ managerName: manager.name, principal }, threadId);
  const thread = await manager.getThread(storedId);
  if (thread && (await askAbout(serving, call, action, thread.activeAgentId, principal))) {
    return { storedId, thread };
  }
  throw new HandoffError(
    'HANDOFF_NOT_FOUND',
    `There is no thread ${JSON.stringify(threadId)} here for this caller.`,
    { details: { threadId } },
  );
}

import { type Message, message } from '../context/message.ts';
import type { Origin } from '../context/origin.ts';
import { readStore } from '../line/append-records.ts';
import { derivedId } from '../line/derived-id.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { RunSpec } from '../line/open-input.ts';
import type { Outcome } from '../line/outcome.ts';
import { readBody, readOutcome, readStoredContext } from '../line/stored-bodies.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask } from '../record/task-state.ts';
import type { RouteRunInput } from './route-run.ts';

/** What a turn adds to its thread. */
export interface TurnYield {
  /** Who gets the next turn. */
  readonly activeAgentId: string;
  readonly messages: readonly Message[];
  readonly origin: Origin;
}

/** What a step adds to the conversation. */
export function saidBy({
  messages = [],
  output = '',
}: Pick<Outcome, 'messages' | 'output'>): readonly Message[] {
  if (messages.length > 0) return messages;
  return output.trim() === '' ? [] : [message.assistant(output)];
}

/** Whether a step that nothing could be done about is recorded, and has not ended. */
export async function isLeftOpen(
  line: Line,
  { handoffId, returnedContext }: HandoffResult,
): Promise<boolean> {
  if (returnedContext) return false;
  const log = await readStore(async () => {
    const taskId = await line.store.findTask(handoffId);
    return taskId === undefined ? [] : line.store.readTask(taskId);
  }, `read the step "${handoffId}"`);
  const step = foldTask(log).handoffs.get(handoffId);
  return step !== undefined && !step.end;
}

/**
 * What a turn has added by its task's log, as far as its steps completed. Undefined for one that has not
 * taken place, because it was never recorded or was refused, and for one whose content was erased.
 */
export async function yieldOf(
  line: Line,
  log: readonly HandoffRecord[],
  root: string,
): Promise<TurnYield | undefined> {
  const { handoffs } = foldTask(log);
  const first = handoffs.get(root);
  if (!first || first.end?.type === 'rejected') return undefined;
  if (log.some(({ type }) => type === 'erased')) return undefined;
  const { requested } = first;
  const { context } = await readStoredContext(line, requested);
  const messages = [message.user(context.originalTask)];
  let activeAgentId = requested.target;
  let handoffId = root;
  for (let step = 1; ; step++) {
    const end = handoffs.get(handoffId)?.end;
    if (end?.type !== 'completed') break;
    const outcome = await readOutcome(line, end);
    activeAgentId = end.target;
    messages.push(...saidBy(outcome));
    if (!outcome.transfer) break;
    handoffId = await derivedId(root, 'run', step);
  }
  if (await returns(line, requested)) activeAgentId = requested.target;
  return { activeAgentId, messages, origin: requested.origin };
}

async function returns(line: Line, requested: HandoffRecord): Promise<boolean> {
  const { runDigest } = requested;
  if (runDigest === undefined) return false;
  const { input } = (await readBody(line, requested, runDigest)) as RunSpec;
  return (input as unknown as RouteRunInput).afterTurn === 'return';
}

import type { Message, ToolCallResponsePart } from '../context/message.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, type HandoffState } from '../record/task-state.ts';
import type { EarlierAttempt } from './claim.ts';
import { toDelegateAnswer } from './delegate-answer.ts';
import type { Line } from './line.ts';
import { resultOf } from './read-result.ts';
import { readOutcome } from './stored-bodies.ts';

/**
 * What the newest attempt of a handoff left behind when it ended to wait, the calls that it waited for
 * answered with what came of them. Undefined where no attempt ended that way.
 */
export async function readEarlier(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
): Promise<EarlierAttempt | undefined> {
  const own = log.filter((record) => record.handoffId === handoffId);
  const at = own.findLastIndex(({ type }) => type === 'approval-requested');
  const waited = own[at];
  if (waited?.attempt === undefined) return undefined;
  const { messages = [], waitsFor = [], ...outcome } = await readOutcome(line, waited);
  const usage = outcome.ownUsage ?? outcome.usage;
  // An attempt that died after it had gone on begins anew; what was consumed stays so.
  if (own[at + 1]?.type === 'accepted') return { messages: [], usage };
  const { handoffs } = foldTask(log);
  const answers = new Map<string, ToolCallResponsePart>();
  for (const { handoffId: childId, toolCallId } of waitsFor) {
    const result = await resultOf(line, handoffs.get(childId) as HandoffState);
    const { output, isError } = toDelegateAnswer(result);
    answers.set(toolCallId, {
      id: toolCallId,
      ...(isError ? { isError } : {}),
      response: output,
      type: 'tool_call_response',
    });
  }
  const decided = own[at + 1];
  return {
    messages: messages.map((message) => withAnswers(message, answers)),
    usage,
    ...(decided?.decision === 'approve'
      ? { approval: decided.by === undefined ? {} : { by: decided.by } }
      : {}),
  };
}

function withAnswers(
  message: Message,
  answers: ReadonlyMap<string, ToolCallResponsePart>,
): Message {
  const parts = message.parts.map((part) =>
    part.type === 'tool_call_response' ? (answers.get(part.id) ?? part) : part,
  );
  return { ...message, parts };
}

import { isRecord } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

type ChatMessage = Readonly<Record<string, unknown>>;

/** Calls and results of a chat request: every call answered once, directly after its message. */
export function checkChatToolPairs(messages: readonly ChatMessage[], report: ReportProblem): void {
  const seen = new Set<string>();
  let open = new Set<string>();
  let answered = new Set<string>();
  let asked = -1;

  const close = (): void => {
    if (open.size === 0) return;
    const ids = [...open].join(', ');
    report(
      `messages.[${asked}].tool_calls`,
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`,
    );
  };

  messages.forEach((message, index) => {
    if (message['role'] === 'tool') {
      const id = String(message['tool_call_id']);
      const path = `messages.[${index}]`;
      if (open.delete(id)) answered.add(id);
      else if (answered.has(id)) {
        report(`${path}.tool_call_id`, `The tool call ${id} has an answer already.`);
      } else {
        report(
          `${path}.role`,
          "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        );
      }
      return;
    }
    close();
    open = new Set();
    answered = new Set();
    asked = index;
    for (const id of callIds(message)) {
      if (seen.has(id)) {
        report(`messages.[${index}].tool_calls`, `The tool call id ${id} is used more than once.`);
      }
      seen.add(id);
      open.add(id);
    }
  });
  close();
}

function callIds({ role, tool_calls: calls }: ChatMessage): readonly string[] {
  if (role !== 'assistant' || !Array.isArray(calls)) return [];
  return calls.flatMap((call: unknown) =>
    isRecord(call) && typeof call['id'] === 'string' ? [call['id']] : [],
  );
}

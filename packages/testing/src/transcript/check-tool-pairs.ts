import type { Message, ToolCallPart, ToolCallResponsePart } from '@agent-handoff/core/adapter';
import type { TranscriptCheck } from './check-transcript.ts';

/**
 * Calls and results: each call answered exactly once, in the tool messages that follow its message
 * directly; no result anywhere else; no id twice.
 */
export function checkToolPairs(messages: readonly Message[], check: TranscriptCheck): void {
  const seen = new Set<string>();
  let index = 0;
  while (index < messages.length) {
    const calls = callsOf(messages[index]);
    for (const { id } of calls) {
      if (seen.has(id))
        check.report('duplicate-id', index, `Message ${index} uses the id ${id} again.`);
      seen.add(id);
    }
    const after = resultsAfter(messages, index);
    checkResults(calls, after.results, index, check);
    index = after.end;
  }
}

interface PlacedResult {
  readonly id: string;
  readonly index: number;
}

const callsOf = (message: Message | undefined): readonly ToolCallPart[] =>
  message?.role === 'assistant' ? message.parts.filter((part) => part.type === 'tool_call') : [];

/**
 * The results of a message: those in it, if it is a tool message, and those in the tool messages after
 * it; clients join these into one turn.
 */
function resultsAfter(
  messages: readonly Message[],
  index: number,
): { results: readonly PlacedResult[]; end: number } {
  const results: PlacedResult[] = [];
  const collect = (at: number): void => {
    const isResult = (part: { type: string }): part is ToolCallResponsePart =>
      part.type === 'tool_call_response';
    for (const { id } of (messages[at]?.parts ?? []).filter(isResult)) {
      results.push({ id, index: at });
    }
  };
  collect(index);
  let end = index + 1;
  for (; messages[end]?.role === 'tool'; end++) collect(end);
  return { results, end };
}

function checkResults(
  calls: readonly ToolCallPart[],
  results: readonly PlacedResult[],
  index: number,
  check: TranscriptCheck,
): void {
  const open = new Set(calls.map(({ id }) => id));
  const answered = new Set<string>();
  for (const { id, index: at } of results) {
    if (open.delete(id)) answered.add(id);
    else if (answered.has(id)) {
      check.report('duplicate-id', at, `Message ${at} answers the call ${id} again.`);
    } else {
      const where = `Message ${at} answers ${JSON.stringify(id)}`;
      check.report('orphan-result', at, `${where}, which no call directly before it bears.`);
    }
  }
  for (const id of open) {
    const where = `Message ${index} makes the call ${JSON.stringify(id)}`;
    check.report('orphan-call', index, `${where}, which no message directly after it answers.`);
  }
  // Gemini knows calls by name and place.
  if (check.providers.includes('gemini') && open.size === 0) {
    const inOrder = results.filter(({ id }) => answered.has(id));
    const misplaced = inOrder.find(({ id }, place) => calls[place]?.id !== id);
    if (misplaced && inOrder.length === calls.length) {
      const where = `The results after message ${index}`;
      check.report('result-order', misplaced.index, `${where} are not in the order of its calls.`);
    }
  }
}

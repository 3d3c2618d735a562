import { checkAnthropicBlocks } from './check-anthropic-blocks.ts';
import { type AnthropicTurn, checkAnthropicPairs } from './check-anthropic-pairs.ts';
import { checkAnthropicTools } from './check-anthropic-tools.ts';
import { isBlank, isRecord } from './is-record.ts';
import { problemsOf, type ReportProblem, type RequestProblem } from './request-problem.ts';

/**
 * Everything for which Anthropic's `/v1/messages` would answer HTTP 400 to this body; the first is what
 * the server would say. It looks at the wire: what a client made of a transcript.
 *
 * It reads the rules as the current models do, which take no half-written answer at the end, and is
 * stricter in three points that others who serve these models refuse: the first message is the user's,
 * tool names have at most 64 characters, each id of a tool call is there once. Since February 2025 tool
 * blocks need no `tools` beside them.
 */
export function checkAnthropicRequest(body: unknown): readonly RequestProblem[] {
  return problemsOf((report) => {
    if (!isRecord(body)) {
      report(null, 'The request body is not valid JSON: it must be an object.');
      return;
    }
    if (isBlank(body['model'])) report('model', 'model: Field required');
    checkMaxTokens(body['max_tokens'], report);
    checkSystem(body['system'], report);
    checkAnthropicTools(body, report);
    checkMessages(body['messages'], report);
  });
}

function checkMaxTokens(limit: unknown, report: ReportProblem): void {
  const path = 'max_tokens';
  if (limit === undefined) report(path, `${path}: Field required`);
  else if (!Number.isInteger(limit)) report(path, `${path}: Input should be a valid integer`);
  else if (Number(limit) < 1) {
    report(path, `${path}: Input should be greater than or equal to 1`);
  }
}

function checkSystem(system: unknown, report: ReportProblem): void {
  if (system === undefined) return;
  const blocks: readonly unknown[] = Array.isArray(system)
    ? system
    : [{ type: 'text', text: system }];
  blocks.forEach((block, index) => {
    if (!isRecord(block) || block['type'] !== 'text' || typeof block['text'] !== 'string') {
      report(`system.${index}`, `system.${index}: Input should be a text block`);
    } else if (isBlank(block['text'])) {
      report('system', 'system: text content blocks must be non-empty');
    }
  });
}

function checkMessages(messages: unknown, report: ReportProblem): void {
  if (messages === undefined) report('messages', 'messages: Field required');
  else if (!Array.isArray(messages)) report('messages', 'messages: Input should be a valid array');
  else if (messages.length === 0) report('messages', 'messages: at least one message is required');
  else {
    const turns: AnthropicTurn[] = [];
    messages.forEach((message: unknown, index) => {
      if (!isRecord(message)) {
        report(`messages.${index}`, `messages.${index}: Input should be an object`);
        return;
      }
      const blocks = checkAnthropicBlocks(message, index, report);
      const { role } = message;
      const last = turns.at(-1);
      if (last && last.role === role)
        turns.splice(-1, 1, { ...last, blocks: [...last.blocks, ...blocks] });
      else turns.push({ role, index, blocks });
    });
    checkEnds(turns, report);
    checkAnthropicPairs(turns, report);
  }
}

function checkEnds(turns: readonly AnthropicTurn[], report: ReportProblem): void {
  const last = turns.at(-1);
  if (turns[0]?.role === 'assistant') {
    report('messages.0', 'messages: first message must use the "user" role');
  }
  if (last?.role !== 'assistant') return;
  const text = last.blocks.at(-1)?.['text'];
  if (typeof text === 'string' && text !== text.trimEnd()) {
    report('messages', 'messages: final assistant content cannot end with trailing whitespace');
  }
  report(
    'messages',
    'This model does not support assistant message prefill. The conversation must end with a user message.',
  );
}

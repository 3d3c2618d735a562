import { checkChatMessage } from './check-chat-message.ts';
import { checkChatToolPairs } from './check-chat-tool-pairs.ts';
import { checkChatTools } from './check-chat-tools.ts';
import { isRecord } from './is-record.ts';
import { problemsOf, type ReportProblem, type RequestProblem } from './request-problem.ts';

/**
 * Everything for which OpenAI's chat completions, or one of the many stricter servers that speak its
 * protocol, would answer HTTP 400 to this body; the first is what the server would say. It looks at the
 * wire: what a client made of a transcript.
 *
 * Stricter than OpenAI itself in three points that others refuse: system messages only at the
 * beginning, no blank texts, each id of a tool call once.
 */
export function checkOpenAiChatRequest(body: unknown): readonly RequestProblem[] {
  return problemsOf((report) => {
    checkBody(body, report);
  });
}

function checkBody(body: unknown, report: ReportProblem): void {
  if (!isRecord(body)) {
    report(null, 'We could not parse the JSON body of your request: it must be an object.');
    return;
  }
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    report('model', 'you must provide a model parameter');
  }
  if (body['stream_options'] !== undefined && body['stream'] !== true) {
    report('stream_options', "'stream_options' is only allowed when 'stream' is enabled.");
  }
  checkChatTools(body, report);
  const { messages } = body;
  if (!Array.isArray(messages)) {
    report('messages', "Missing required parameter: 'messages'.", 'missing_required_parameter');
    return;
  }
  if (messages.length === 0) {
    report('messages', 'Expected an array with minimum length 1.', 'empty_array');
  }
  const readable = messages.filter((message, index) => {
    if (isRecord(message)) return true;
    report(`messages.[${index}]`, 'Expected an object.', 'invalid_type');
    return false;
  }) as readonly Readonly<Record<string, unknown>>[];
  if (readable.length < messages.length) return;
  readable.forEach((message, index) => {
    checkChatMessage(message, `messages.[${index}]`, report);
  });
  checkSystemPlace(readable, report);
  checkChatToolPairs(readable, report);
}

function checkSystemPlace(
  messages: readonly Readonly<Record<string, unknown>>[],
  report: ReportProblem,
): void {
  const isSystem = ({ role }: Readonly<Record<string, unknown>>): boolean =>
    role === 'system' || role === 'developer';
  const start = messages.findIndex((message) => !isSystem(message));
  if (start === -1) {
    if (messages.length > 0) report('messages', 'There must be a message besides the system ones.');
    return;
  }
  messages.forEach((message, index) => {
    if (index > start && isSystem(message)) {
      report(`messages.[${index}].role`, 'System message must be at the beginning.');
    }
  });
}

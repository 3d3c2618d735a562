import { isObjectText, isRecord, type WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

const roles = ['system', 'developer', 'user', 'assistant', 'tool'];

/** The types of content parts that each role takes; other roles than these take text only. */
const partTypes: Readonly<Record<string, readonly string[]>> = {
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
};

/** What is wrong with one message of a chat request by itself. */
export function checkChatMessage(message: WireObject, path: string, report: ReportProblem): void {
  const { role, name } = message;
  if (typeof role !== 'string' || !roles.includes(role)) {
    report(
      `${path}.role`,
      `Invalid value: ${JSON.stringify(role)}. Supported values are: ${roles.join(', ')}.`,
      'invalid_value',
    );
    return;
  }
  if (name !== undefined && (typeof name !== 'string' || !/^[^\s<|\\/>]{1,64}$/.test(name))) {
    report(`${path}.name`, `Invalid name: ${JSON.stringify(name)}.`, 'invalid_value');
  }
  const calls = role === 'assistant' ? checkCalls(message, path, report) : 0;
  if (role !== 'assistant' && message['tool_calls'] !== undefined) {
    report(`${path}.tool_calls`, `A ${role} message can't call tools.`);
  }
  if (role === 'tool') checkCallId(message['tool_call_id'], `${path}.tool_call_id`, report);
  else if (message['tool_call_id'] !== undefined) {
    report(`${path}.tool_call_id`, `A ${role} message can't answer a tool call.`);
  }
  checkContent(message, role, calls > 0, path, report);
}

function checkContent(
  message: WireObject,
  role: string,
  isOptional: boolean,
  path: string,
  report: ReportProblem,
): void {
  const { content } = message;
  const at = `${path}.content`;
  if (content === undefined || content === null) {
    const hasOther = isOptional || typeof message['refusal'] === 'string' || message['audio'];
    if (!hasOther) report(at, `Invalid value for 'content': expected a string, got null.`);
  } else if (typeof content === 'string') {
    // Servers differ on empty answers of tools, none refuses them; '' beside tool calls is 'none'.
    const mayBeBlank = role === 'tool' || (isOptional && content === '');
    if (!mayBeBlank && content.trim() === '') report(at, 'The content must not be blank.');
  } else if (!Array.isArray(content) || content.length === 0) {
    report(at, 'Expected a string or an array with minimum length 1.', 'invalid_type');
  } else {
    content.forEach((part: unknown, index) => {
      checkContentPart(part, role, `${at}.[${index}]`, report);
    });
  }
}

function checkContentPart(part: unknown, role: string, path: string, report: ReportProblem): void {
  const type = isRecord(part) ? part['type'] : undefined;
  const allowed = partTypes[role] ?? ['text'];
  if (!isRecord(part) || typeof type !== 'string' || !allowed.includes(type)) {
    const supported = `Supported values for ${role} messages are: ${allowed.join(', ')}.`;
    report(`${path}.type`, `Invalid value: ${JSON.stringify(type)}. ${supported}`, 'invalid_value');
  } else if (type === 'text' && (typeof part['text'] !== 'string' || part['text'].trim() === '')) {
    report(`${path}.text`, 'The text of a content part must not be blank.');
  } else if (type === 'image_url') {
    const url = isRecord(part['image_url']) ? part['image_url']['url'] : undefined;
    if (typeof url !== 'string' || !/^(?:https?:\/\/|data:[\w.+-]+\/[\w.+-]+;base64,.)/.test(url)) {
      report(
        `${path}.image_url.url`,
        'Expected an http(s) URL or a Base64 data URL.',
        'invalid_url',
      );
    }
  }
}

function checkCalls(message: WireObject, path: string, report: ReportProblem): number {
  const calls = message['tool_calls'];
  if (calls === undefined || calls === null) return 0;
  const at = `${path}.tool_calls`;
  if (!Array.isArray(calls) || calls.length === 0) {
    report(at, "Invalid 'tool_calls': expected an array with minimum length 1.", 'empty_array');
    return 0;
  }
  calls.forEach((call: unknown, index) => {
    const where = `${at}.[${index}]`;
    const called = isRecord(call) ? call['function'] : undefined;
    if (!isRecord(call) || call['type'] !== 'function' || !isRecord(called)) {
      report(where, "Expected an object of the type 'function'.", 'invalid_type');
      return;
    }
    checkCallId(call['id'], `${where}.id`, report);
    checkFunctionName(called['name'], `${where}.function.name`, report);
    if (!isObjectText(called['arguments'])) {
      report(`${where}.function.arguments`, 'Expected the text of a JSON object.', 'invalid_value');
    }
  });
  return calls.length;
}

/** The name of a function: what OpenAI accepts. */
export function checkFunctionName(name: unknown, path: string, report: ReportProblem): void {
  if (typeof name === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(name)) return;
  report(
    path,
    `Invalid '${path}': expected 1 to 64 of a-z, A-Z, 0-9, '_' and '-', got ${JSON.stringify(name)}.`,
    'invalid_value',
  );
}

function checkCallId(id: unknown, path: string, report: ReportProblem): void {
  if (typeof id !== 'string' || id === '') {
    report(path, `Missing required parameter: '${path}'.`, 'missing_required_parameter');
  } else if (id.length > 40) {
    report(
      path,
      `Invalid '${path}': string too long, at most 40 characters.`,
      'string_above_max_length',
    );
  }
}

import { checkGeminiFunctionName } from './check-gemini-tools.ts';
import { isBlank, isRecord, type WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/** What a part can hold: exactly one of these. */
const dataFields = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
];

/** What is wrong with one content by itself. */
export function checkGeminiContent(
  { role, parts }: WireObject,
  path: string,
  report: ReportProblem,
): void {
  if (role !== 'user' && role !== 'model') {
    report(`${path}.role`, 'Please use a valid role: user, model.');
    return;
  }
  if (!Array.isArray(parts) || parts.length === 0) {
    report(
      `${path}.parts`,
      `* GenerateContentRequest.${path}.parts: contents.parts must not be empty.`,
    );
    return;
  }
  parts.forEach((part: unknown, index) => {
    checkPart(part, role, `${path}.parts[${index}]`, report);
  });
}

function checkPart(part: unknown, role: string, path: string, report: ReportProblem): void {
  const held = isRecord(part) ? dataFields.filter((field) => part[field] !== undefined) : [];
  // Some signatures of thoughts stand on an empty text.
  const isEmpty = isRecord(part) && part['text'] === '' && part['thoughtSignature'] === undefined;
  if (!isRecord(part) || held.length === 0 || isEmpty) {
    const rule = "required oneof field 'data' must have one initialized field";
    report(path, `* GenerateContentRequest.${path}.data: ${rule}`);
    return;
  }
  if (held.length > 1) {
    report(path, `Invalid value at '${path}' (oneof), oneof field 'data' is already set.`);
  }
  const { text, functionCall, functionResponse } = part;
  if (text !== undefined && text !== '' && isBlank(text)) {
    report(`${path}.text`, 'The text of a part must not be blank.');
  }
  if (functionCall !== undefined) {
    checkFunction(functionCall, 'args', `${path}.function_call`, report);
    if (role !== 'model') report(path, `A ${role} turn can't hold a function call.`);
  }
  if (functionResponse !== undefined) {
    checkFunction(functionResponse, 'response', `${path}.function_response`, report);
    if (role !== 'user') report(path, `A ${role} turn can't hold a function response.`);
  }
}

function checkFunction(
  value: unknown,
  payload: 'args' | 'response',
  path: string,
  report: ReportProblem,
): void {
  if (!isRecord(value)) {
    report(path, `Invalid value at '${path}': expected an object.`);
    return;
  }
  checkGeminiFunctionName(value['name'], `${path}.name`, report);
  const data = value[payload];
  // A call may have no arguments.
  if (payload === 'args' && (data === undefined || data === null)) return;
  if (!isRecord(data)) {
    const type = 'type.googleapis.com/google.protobuf.Struct';
    report(
      `${path}.${payload}`,
      `Invalid value at '${path}.${payload}' (${type}), ${JSON.stringify(data)}`,
    );
  }
}

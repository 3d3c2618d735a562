import { checkFunctionName } from './check-chat-message.ts';
import { isRecord } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/** What is wrong with the tools that a chat request offers, and with the schema that it asks for. */
export function checkChatTools(
  body: Readonly<Record<string, unknown>>,
  report: ReportProblem,
): void {
  const tools = body['tools'];
  if (tools !== undefined) checkTools(tools, report);
  else if (body['tool_choice'] !== undefined && body['tool_choice'] !== 'none') {
    report('tool_choice', "'tool_choice' is only allowed when 'tools' are specified.");
  }
  const format = body['response_format'];
  if (isRecord(format) && format['type'] === 'json_schema') {
    const schema = isRecord(format['json_schema']) ? format['json_schema'] : {};
    checkFunctionName(schema['name'], 'response_format.json_schema.name', report);
    if (!isRecord(schema['schema'])) {
      report('response_format.json_schema.schema', 'Expected an object.', 'invalid_type');
    }
  }
}

function checkTools(tools: unknown, report: ReportProblem): void {
  if (!Array.isArray(tools) || tools.length === 0) {
    report('tools', "Invalid 'tools': expected an array with minimum length 1.", 'empty_array');
    return;
  }
  const names = new Set<unknown>();
  tools.forEach((tool: unknown, index) => {
    const path = `tools.[${index}]`;
    const offered = isRecord(tool) ? tool['function'] : undefined;
    if (!isRecord(tool) || tool['type'] !== 'function' || !isRecord(offered)) {
      report(path, "Expected an object of the type 'function'.", 'invalid_type');
      return;
    }
    const name = offered['name'];
    checkFunctionName(name, `${path}.function.name`, report);
    if (names.has(name)) report(`${path}.function.name`, `Tool names must be unique: ${name}`);
    names.add(name);
    const parameters = offered['parameters'];
    if (parameters !== undefined && (!isRecord(parameters) || parameters['type'] !== 'object')) {
      report(
        `${path}.function.parameters`,
        `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"'.`,
        'invalid_function_parameters',
      );
    }
  });
}

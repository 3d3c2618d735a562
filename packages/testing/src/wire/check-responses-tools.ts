import { checkFunctionName } from './check-chat-message.ts';
import { isRecord, type WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/** What is wrong with the tools that a request of the Responses API offers, and with the schema that it asks for. */
export function checkResponsesTools(body: WireObject, report: ReportProblem): void {
  const { tools, text } = body;
  if (tools !== undefined) checkTools(tools, report);
  if (!Array.isArray(tools) || tools.length === 0) {
    const choice = body['tool_choice'];
    if (choice !== undefined && choice !== 'none' && choice !== 'auto') {
      report('tool_choice', "Tool choice was specified while 'tools' is empty.");
    }
  }
  const format = isRecord(text) ? text['format'] : undefined;
  if (isRecord(format) && format['type'] === 'json_schema') {
    checkFunctionName(format['name'], 'text.format.name', report);
    if (!isRecord(format['schema'])) {
      report('text.format.schema', "Missing required parameter: 'text.format.schema'.");
    }
  }
}

function checkTools(tools: unknown, report: ReportProblem): void {
  if (!Array.isArray(tools)) {
    report('tools', "Invalid type for 'tools': expected an array of objects.", 'invalid_type');
    return;
  }
  const names = new Set<unknown>();
  tools.forEach((tool: unknown, index) => {
    const path = `tools[${index}]`;
    if (!isRecord(tool) || typeof tool['type'] !== 'string') {
      report(
        `${path}.type`,
        `Missing required parameter: '${path}.type'.`,
        'missing_required_parameter',
      );
      return;
    }
    // Tools that OpenAI itself runs have no name.
    if (tool['type'] !== 'function') return;
    const { name, parameters } = tool;
    if (name === undefined) {
      report(
        `${path}.name`,
        `Missing required parameter: '${path}.name'.`,
        'missing_required_parameter',
      );
      return;
    }
    checkFunctionName(name, `${path}.name`, report);
    if (names.has(name)) report(`${path}.name`, `Tool names must be unique: ${name}`);
    names.add(name);
    if (parameters !== null && (!isRecord(parameters) || parameters['type'] !== 'object')) {
      report(
        `${path}.parameters`,
        `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"'.`,
        'invalid_function_parameters',
      );
    }
  });
}

import { isRecord, type WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/** What is wrong with the tools that a request of the Messages API offers. */
export function checkAnthropicTools(body: WireObject, report: ReportProblem): void {
  const { tools } = body;
  if (tools === undefined || tools === null) {
    const choice = body['tool_choice'];
    if (isRecord(choice) && choice['type'] !== 'none') {
      report('tool_choice', 'tool_choice: may only be specified while providing tools');
    }
    return;
  }
  if (!Array.isArray(tools)) {
    report('tools', 'tools: Input should be a valid array');
    return;
  }
  const names = new Set<unknown>();
  tools.forEach((tool: unknown, index) => {
    const path = `tools.${index}`;
    if (!isRecord(tool)) {
      report(path, `${path}: Input should be an object`);
      return;
    }
    const { name, type = 'custom' } = tool;
    if (names.has(name)) report('tools', 'tools: Tool names must be unique.');
    names.add(name);
    // Tools that Anthropic defines have no schema.
    if (type !== 'custom') return;
    checkAnthropicToolName(name, `${path}.custom.name`, report);
    const schema = tool['input_schema'];
    const at = `${path}.custom.input_schema`;
    if (!isRecord(schema)) report(at, `${at}: Field required`);
    else if (schema['type'] !== 'object')
      report(`${at}.type`, `${at}.type: Input should be 'object'`);
  });
}

/** The name of a tool: what Anthropic accepts, in the 64 characters that others accept too. */
export function checkAnthropicToolName(name: unknown, path: string, report: ReportProblem): void {
  if (typeof name === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(name)) return;
  report(path, `${path}: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
}

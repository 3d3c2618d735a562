import { isRecord, type WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/** What is wrong with the functions that a request to Gemini declares. */
export function checkGeminiTools({ tools }: WireObject, report: ReportProblem): void {
  if (tools === undefined) return;
  const names = new Set<unknown>();
  const list: readonly unknown[] = Array.isArray(tools) ? tools : [tools];
  list.forEach((tool, index) => {
    if (!isRecord(tool)) {
      report(`tools[${index}]`, `Invalid value at 'tools[${index}]': expected an object.`);
      return;
    }
    const declared = tool['functionDeclarations'];
    const functions: readonly unknown[] = Array.isArray(declared) ? declared : [];
    functions.forEach((each, place) => {
      const path = `tools[${index}].function_declarations[${place}]`;
      if (!isRecord(each)) {
        report(path, `Invalid value at '${path}': expected an object.`);
        return;
      }
      const { name, parameters } = each;
      checkGeminiFunctionName(name, `${path}.name`, report);
      if (names.has(name)) report(`${path}.name`, `Duplicate function declaration found: ${name}`);
      names.add(name);
      const type = isRecord(parameters) ? String(parameters['type']).toLowerCase() : 'object';
      if (type !== 'object') {
        report(
          `${path}.parameters`,
          `* GenerateContentRequest.${path}.parameters.type: schema must have the type OBJECT`,
        );
      }
    });
  });
}

/** The name of a function: what every Gemini model accepts. */
export function checkGeminiFunctionName(name: unknown, path: string, report: ReportProblem): void {
  if (typeof name === 'string' && /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/.test(name)) return;
  report(
    path,
    name === undefined || name === ''
      ? `* GenerateContentRequest.${path}: Name cannot be empty.`
      : `* GenerateContentRequest.${path}: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.`,
  );
}

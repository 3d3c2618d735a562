import { isRecord, type WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/**
 * The turns of a conversation with Gemini: calls directly after the user or after responses; all
 * responses of a turn together in the turn directly after it, one for each call.
 */
export function checkGeminiTurns(contents: readonly WireObject[], report: ReportProblem): void {
  if (contents[0]?.['role'] === 'model') {
    report('contents[0].role', 'Please ensure that multiturn requests begin with a user role.');
  }
  const end = contents.length - 1;
  contents.forEach((content, index) => {
    const path = `contents[${index}]`;
    const before = contents[index - 1];
    const calls = functionsOf(content, 'functionCall');
    const responses = functionsOf(content, 'functionResponse');
    if (calls.length > 0 && before?.['role'] !== 'user') {
      report(
        path,
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      );
    }
    const asked = before ? functionsOf(before, 'functionCall') : [];
    if (responses.length > 0 && asked.length === 0) {
      report(
        path,
        'Please ensure that function response turn comes immediately after a function call turn.',
      );
    } else if (responses.length !== asked.length) {
      report(
        path,
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    } else checkMatch(asked, responses, path, report);
    if (index === end && content['role'] === 'model') {
      report(
        path,
        'Please ensure that multiturn requests end with a user role or a function response.',
      );
    }
  });
}

function checkMatch(
  asked: readonly WireObject[],
  responses: readonly WireObject[],
  path: string,
  report: ReportProblem,
): void {
  const haveIds = [...asked, ...responses].every(({ id }) => typeof id === 'string');
  if (haveIds && new Set(asked.map(({ id }) => id)).size < asked.length) {
    report(path, 'The ids of the function calls of a turn must be unique.');
  }
  responses.forEach((response, place) => {
    const call = haveIds ? asked.find(({ id }) => id === response['id']) : asked[place];
    if (call?.['name'] === response['name']) return;
    report(
      path,
      `The function response ${JSON.stringify(response['name'])} answers no function call of the turn before it.`,
    );
  });
}

function functionsOf({ parts }: WireObject, field: string): readonly WireObject[] {
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part: unknown) => {
    const held = isRecord(part) ? part[field] : undefined;
    return isRecord(held) ? [held] : [];
  });
}

import { checkGeminiContent } from './check-gemini-content.ts';
import { checkGeminiTools } from './check-gemini-tools.ts';
import { checkGeminiTurns } from './check-gemini-turns.ts';
import { isBlank, isRecord, type WireObject } from './is-record.ts';
import { problemsOf, type ReportProblem, type RequestProblem } from './request-problem.ts';

/**
 * Everything for which Gemini's `generateContent` and `streamGenerateContent` would answer HTTP 400 to
 * this body; the first is what the server would say. It looks at the wire: what a client made of a
 * transcript. The signatures that some models want on their own calls aren't looked at.
 *
 * Stricter than Gemini itself in three points that some of its models refuse: the conversation begins
 * and ends with the user, no blank texts, responses in the order of their calls where these have no
 * ids.
 */
export function checkGeminiRequest(body: unknown): readonly RequestProblem[] {
  return problemsOf((report) => {
    if (!isRecord(body)) {
      report(null, 'Invalid JSON payload received: it must be an object.');
      return;
    }
    checkSystem(body['systemInstruction'], report);
    checkGeminiTools(body, report);
    const { contents } = body;
    if (!Array.isArray(contents) || contents.length === 0) {
      report('contents', '* GenerateContentRequest.contents: contents is not specified');
      return;
    }
    const readable = contents.filter((content, index): content is WireObject => {
      if (isRecord(content)) return true;
      report(`contents[${index}]`, `Invalid value at 'contents[${index}]': expected an object.`);
      return false;
    });
    if (readable.length < contents.length) return;
    readable.forEach((content, index) => {
      checkGeminiContent(content, `contents[${index}]`, report);
    });
    checkGeminiTurns(readable, report);
  });
}

function checkSystem(system: unknown, report: ReportProblem): void {
  if (system === undefined) return;
  const path = 'systemInstruction';
  const parts = isRecord(system) ? system['parts'] : undefined;
  if (!Array.isArray(parts) || parts.length === 0) {
    report(
      path,
      '* GenerateContentRequest.system_instruction.parts: contents.parts must not be empty.',
    );
    return;
  }
  parts.forEach((part: unknown, index) => {
    if (isRecord(part) && !isBlank(part['text'])) return;
    report(`${path}.parts[${index}]`, 'The system instruction must be text that is not blank.');
  });
}

import { checkResponsesItem } from './check-responses-item.ts';
import { checkResponsesPairs } from './check-responses-pairs.ts';
import { checkResponsesTools } from './check-responses-tools.ts';
import { isBlank, isRecord, type WireObject } from './is-record.ts';
import { problemsOf, type ReportProblem, type RequestProblem } from './request-problem.ts';

/**
 * Everything for which OpenAI's `/v1/responses` would answer HTTP 400 to this body; the first is what
 * the server would say. It looks at the wire: what a client made of a transcript.
 *
 * Stricter than OpenAI itself in three points: no blank texts, each `call_id` once, arguments that are
 * the text of a JSON object. Where the request goes on from a stored response or refers to stored
 * items, results may answer calls that aren't in it.
 */
export function checkOpenAiResponsesRequest(body: unknown): readonly RequestProblem[] {
  return problemsOf((report) => {
    if (!isRecord(body)) {
      report(null, 'We could not parse the JSON body of your request: it must be an object.');
      return;
    }
    if (isBlank(body['model'])) report('model', "Missing required parameter: 'model'.");
    checkMoved(body, report);
    checkResponsesTools(body, report);
    checkInput(body, report);
  });
}

/** What has another name, or none, in this API. */
function checkMoved(body: WireObject, report: ReportProblem): void {
  for (const name of ['messages', 'max_tokens', 'functions']) {
    if (body[name] !== undefined)
      report(name, `Unknown parameter: '${name}'.`, 'unknown_parameter');
  }
  if (body['response_format'] !== undefined) {
    report(
      'response_format',
      "Unsupported parameter: 'response_format'. In the Responses API, this parameter has moved to 'text.format'.",
      'unsupported_parameter',
    );
  }
}

function checkInput(body: WireObject, report: ReportProblem): void {
  const { input } = body;
  if (input === undefined) {
    const continues = ['previous_response_id', 'conversation', 'prompt'];
    if (continues.every((name) => body[name] === undefined)) {
      report('input', "Missing required parameter: 'input'.", 'missing_required_parameter');
    }
  } else if (typeof input === 'string') {
    if (isBlank(input)) report('input', 'The input must not be blank.');
  } else if (!Array.isArray(input)) {
    report('input', "Invalid type for 'input': expected a string or an array.", 'invalid_type');
  } else if (input.length === 0) {
    report(
      'input',
      "Invalid 'input': empty array. Expected an array with minimum length 1.",
      'empty_array',
    );
  } else {
    const items = input.filter((item, index): item is WireObject => {
      if (isRecord(item)) return true;
      report(
        `input[${index}]`,
        `Invalid type for 'input[${index}]': expected an object.`,
        'invalid_type',
      );
      return false;
    });
    if (items.length < input.length) return;
    items.forEach((item, index) => {
      checkResponsesItem(item, `input[${index}]`, body, report);
    });
    checkResponsesPairs(items, body, report);
  }
}

import { checkFunctionName } from './check-chat-message.ts';
import { isBlank, isObjectText, isRecord, type WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

const roles = ['user', 'assistant', 'system', 'developer'];
const inputParts = ['input_text', 'input_image', 'input_file', 'input_audio'];
const outputParts = ['output_text', 'refusal'];

/** Items of tools that OpenAI runs or knows by itself: taken as they are. */
const otherTypes =
  /^(?:(?:web_search|file_search|code_interpreter|image_generation|mcp)_call|mcp_list_tools|mcp_approval_(?:request|response)|(?:computer|local_shell|shell|apply_patch|custom_tool)_call(?:_output)?|compaction)$/;

/** What the ids of OpenAI's own items begin with. */
const idPrefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  function_call: 'fc',
  reasoning: 'rs',
};

/** The type of an item; messages may leave it out. */
export function itemType(item: WireObject): string {
  const { type, role } = item;
  if (type === undefined && role !== undefined) return 'message';
  return typeof type === 'string' ? type : '';
}

/** What is wrong with one item of the input by itself. */
export function checkResponsesItem(
  item: WireObject,
  path: string,
  { store }: WireObject,
  report: ReportProblem,
): void {
  const type = itemType(item);
  switch (type) {
    case 'message':
      checkMessage(item, path, report);
      break;
    case 'function_call':
      checkCallId(item['call_id'], `${path}.call_id`, report);
      checkFunctionName(item['name'], `${path}.name`, report);
      if (!isObjectText(item['arguments'])) {
        report(`${path}.arguments`, 'Expected the text of a JSON object.', 'invalid_value');
      }
      break;
    case 'function_call_output':
      checkCallId(item['call_id'], `${path}.call_id`, report);
      checkOutput(item['output'], `${path}.output`, report);
      break;
    case 'reasoning':
      if (!Array.isArray(item['summary'])) missing(`${path}.summary`, report);
      if (store === false && isBlank(item['encrypted_content'])) notStored(item, report);
      break;
    case 'item_reference':
      if (isBlank(item['id'])) missing(`${path}.id`, report);
      else if (store === false) notStored(item, report);
      break;
    default:
      if (otherTypes.test(type)) return;
      report(`${path}.type`, `Invalid value: ${JSON.stringify(item['type'])}.`, 'invalid_value');
  }
  checkItemId(item['id'], idPrefixes[type], `${path}.id`, report);
}

function checkMessage({ role, content }: WireObject, path: string, report: ReportProblem): void {
  if (typeof role !== 'string' || !roles.includes(role)) {
    const supported = `Supported values are: ${roles.map((each) => `'${each}'`).join(', ')}.`;
    report(`${path}.role`, `Invalid value: ${JSON.stringify(role)}. ${supported}`, 'invalid_value');
    return;
  }
  if (typeof content === 'string') {
    if (isBlank(content)) report(`${path}.content`, 'The content must not be blank.');
  } else {
    checkParts(content, role === 'assistant' ? outputParts : inputParts, `${path}.content`, report);
  }
}

function checkOutput(output: unknown, path: string, report: ReportProblem): void {
  // Tools may answer with nothing.
  if (typeof output !== 'string') checkParts(output, inputParts, path, report);
}

function checkParts(
  parts: unknown,
  allowed: readonly string[],
  path: string,
  report: ReportProblem,
): void {
  if (!Array.isArray(parts) || parts.length === 0) {
    report(
      path,
      `Invalid type for '${path}': expected a string or an array with minimum length 1.`,
      'invalid_type',
    );
    return;
  }
  parts.forEach((part: unknown, index) => {
    const at = `${path}[${index}]`;
    const type = isRecord(part) ? part['type'] : undefined;
    if (!isRecord(part) || typeof type !== 'string' || !allowed.includes(type)) {
      const supported = `Supported values are: ${allowed.map((each) => `'${each}'`).join(', ')}.`;
      report(`${at}.type`, `Invalid value: ${JSON.stringify(type)}. ${supported}`, 'invalid_value');
    } else if (type.endsWith('_text') && isBlank(part['text'])) {
      report(`${at}.text`, 'The text of a content part must not be blank.');
    }
  });
}

function checkCallId(id: unknown, path: string, report: ReportProblem): void {
  if (typeof id !== 'string' || id === '') missing(path, report);
  else if (id.length > 64) tooLong(id, path, report);
}

function checkItemId(
  id: unknown,
  prefix: string | undefined,
  path: string,
  report: ReportProblem,
): void {
  if (id === undefined || id === null || prefix === undefined) return;
  if (typeof id !== 'string') {
    report(path, `Invalid type for '${path}': expected a string.`, 'invalid_type');
  } else if (!id.startsWith(prefix)) {
    const expected = `Expected an ID that begins with '${prefix}'.`;
    report(path, `Invalid '${path}': '${id}'. ${expected}`, 'invalid_value');
  } else if (id.length > 64) tooLong(id, path, report);
}

function missing(path: string, report: ReportProblem): void {
  report(path, `Missing required parameter: '${path}'.`, 'missing_required_parameter');
}

function tooLong({ length }: string, path: string, report: ReportProblem): void {
  report(
    path,
    `Invalid '${path}': string too long. Expected a string with maximum length 64, but got a string with length ${length} instead.`,
    'string_above_max_length',
  );
}

function notStored({ id }: WireObject, report: ReportProblem): void {
  report(
    'input',
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
  );
}

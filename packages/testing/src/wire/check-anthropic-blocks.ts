import { checkAnthropicToolName } from './check-anthropic-tools.ts';
import { isBlank, isRecord, type WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/** The types of blocks that each role may hold; results of Anthropic's own tools beside them. */
const blockTypes: Readonly<Record<string, RegExp>> = {
  user: /^(?:text|image|document|search_result|container_upload|tool_result)$/,
  assistant:
    /^(?:text|thinking|redacted_thinking|tool_use|server_tool_use|mcp_tool_use|\w+_tool_result)$/,
};

/**
 * What is wrong with one message by itself.
 *
 * @returns its blocks, where they can be read.
 */
export function checkAnthropicBlocks(
  { role, content }: WireObject,
  index: number,
  report: ReportProblem,
): readonly WireObject[] {
  const path = `messages.${index}`;
  const allowed = typeof role === 'string' ? blockTypes[role] : undefined;
  if (allowed === undefined) {
    report(
      `${path}.role`,
      role === 'system'
        ? 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.'
        : `${path}.role: Input should be 'user' or 'assistant'`,
    );
    return [];
  }
  if (typeof content === 'string') {
    const block = { type: 'text', text: content };
    checkText(content, report);
    return [block];
  }
  if (!Array.isArray(content)) {
    report(`${path}.content`, `${path}.content: Input should be a valid string or array`);
    return [];
  }
  if (content.length === 0)
    report(`${path}.content`, `${path}: all messages must have non-empty content`);
  return content.filter((block: unknown, place): block is WireObject => {
    const at = `${path}.content.${place}`;
    const type = isRecord(block) ? block['type'] : undefined;
    if (!isRecord(block) || typeof type !== 'string' || !allowed.test(type)) {
      report(at, wrongType(type, path, at));
      return false;
    }
    checkBlock(block, type, at, report);
    return true;
  });
}

function wrongType(type: unknown, path: string, at: string): string {
  if (type === 'tool_use')
    return `${path}: \`tool_use\` blocks can only be in \`assistant\` messages`;
  if (type === 'tool_result')
    return `${path}: \`tool_result\` blocks can only be in \`user\` messages`;
  return `${at}: Input tag ${JSON.stringify(type)} found using 'type' does not match any of the expected tags`;
}

function checkBlock(block: WireObject, type: string, at: string, report: ReportProblem): void {
  switch (type) {
    case 'text':
      checkText(block['text'], report);
      break;
    case 'image':
    case 'document':
      if (!isRecord(block['source'])) required(`${at}.${type}.source`, report);
      break;
    case 'thinking':
      if (isBlank(block['signature'])) required(`${at}.thinking.signature`, report);
      break;
    case 'tool_use':
      checkId(block['id'], `${at}.tool_use.id`, report);
      checkAnthropicToolName(block['name'], `${at}.tool_use.name`, report);
      if (!isRecord(block['input'])) {
        report(`${at}.tool_use.input`, `${at}.tool_use.input: Input should be a valid dictionary`);
      }
      break;
    case 'tool_result':
      checkId(block['tool_use_id'], `${at}.tool_result.tool_use_id`, report);
      checkResult(block, `${at}.tool_result`, report);
  }
}

function checkText(text: unknown, report: ReportProblem): void {
  if (text === '' || typeof text !== 'string') {
    report('messages', 'messages: text content blocks must be non-empty');
  } else if (isBlank(text)) {
    report('messages', 'messages: text content blocks must contain non-whitespace text');
  }
}

function checkId(id: unknown, path: string, report: ReportProblem): void {
  if (typeof id !== 'string') required(path, report);
  else if (!/^[a-zA-Z0-9_-]+$/.test(id)) {
    report(path, `${path}: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  }
}

function checkResult(block: WireObject, at: string, report: ReportProblem): void {
  const { content } = block;
  const isEmpty =
    content === undefined || content === '' || (Array.isArray(content) && !content.length);
  if (isEmpty) {
    if (block['is_error'] === true)
      report(at, `${at}: content cannot be empty if \`is_error\` is true`);
  } else if (Array.isArray(content)) {
    content.forEach((part: unknown, place) => {
      const type = isRecord(part) ? part['type'] : undefined;
      if (type === 'text') checkText((part as WireObject)['text'], report);
      else if (!/^(?:image|document|search_result|tool_reference)$/.test(String(type))) {
        report(`${at}.content.${place}`, wrongType(type, at, `${at}.content.${place}`));
      }
    });
  } else if (typeof content !== 'string') {
    report(`${at}.content`, `${at}.content: Input should be a valid string or array`);
  }
}

function required(path: string, report: ReportProblem): void {
  report(path, `${path}: Field required`);
}

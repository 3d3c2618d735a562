import type { WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/** Messages of one role that follow each other: the API joins them. */
export interface AnthropicTurn {
  readonly role: unknown;
  /** The place of its first message. */
  readonly index: number;
  readonly blocks: readonly WireObject[];
}

/**
 * Calls and results: every `tool_use` is answered once, by the blocks with which the next turn begins;
 * no result anywhere else; no id twice.
 */
export function checkAnthropicPairs(turns: readonly AnthropicTurn[], report: ReportProblem): void {
  const seen = new Set<string>();
  turns.forEach((turn, place) => {
    const calls = idsOf(turn, 'tool_use', 'id');
    for (const id of calls) {
      if (seen.has(id)) report(`messages.${turn.index}`, 'messages: `tool_use` ids must be unique');
      seen.add(id);
    }
    const next = turns[place + 1];
    const first = next ? idsOf(leading(next), 'tool_result', 'tool_use_id') : [];
    const open = calls.filter((id) => !first.includes(id));
    if (open.length > 0) {
      report(
        `messages.${turn.index}`,
        `messages.${turn.index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
    checkResults(turn, place === 0 ? undefined : turns[place - 1], report);
  });
}

function checkResults(
  turn: AnthropicTurn,
  before: AnthropicTurn | undefined,
  report: ReportProblem,
): void {
  const calls = new Set(before ? idsOf(before, 'tool_use', 'id') : []);
  const answered = new Set<string>();
  turn.blocks.forEach((block, place) => {
    if (block['type'] !== 'tool_result') return;
    const id = String(block['tool_use_id']);
    const at = `messages.${turn.index}.content.${place}`;
    if (!calls.has(id)) {
      report(
        at,
        `${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    } else if (answered.has(id)) {
      report(
        at,
        `${at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
      );
    }
    answered.add(id);
  });
}

/** The turn up to its first block that is no result. */
function leading(turn: AnthropicTurn): AnthropicTurn {
  const end = turn.blocks.findIndex(({ type }) => type !== 'tool_result');
  return end === -1 ? turn : { ...turn, blocks: turn.blocks.slice(0, end) };
}

function idsOf({ blocks }: AnthropicTurn, type: string, key: string): readonly string[] {
  return blocks.flatMap((block) => {
    const id = block[key];
    return block['type'] === type && typeof id === 'string' ? [id] : [];
  });
}

import type { Json } from './json.ts';
import type { Origin } from './origin.ts';
import type { Fence } from './prompt-fence.ts';
import {
  codeBlock,
  promptBody,
  promptJson,
  promptKey,
  promptName,
  promptValue,
} from './prompt-text.ts';

/** A finding and where it came from. */
export interface PromptFinding {
  readonly key: string;
  readonly value: Json;
  readonly origin: Origin;
}

/** What a prompt says, as raw content; absent and empty parts have no section. */
export interface PromptContent {
  readonly origin: Origin;
  readonly reason: string;
  readonly sourceAgentId: string;
  readonly confidence: number;
  readonly task?: string | undefined;
  readonly payload?: Json | undefined;
  readonly progress?: string | undefined;
  readonly findings: readonly PromptFinding[];
  readonly summary?: string | undefined;
  readonly instructions?: string | undefined;
  /** The agents before the target and the target, or nothing. */
  readonly chain: readonly string[];
  /** What the budget had no room for, in words of ours. */
  readonly leftOut: readonly string[];
}

/**
 * The prompt: our headings and labels, and between them content that can't pose as either. Needs a
 * fence where any of the content is not our own.
 */
export function renderPrompt(content: PromptContent, fence: Fence | undefined): string {
  const { origin, chain, leftOut, payload } = content;
  const own = fence === undefined ? (text: string) => text : fence.neutral;
  const name = (text: string): string => promptName(own(text));
  const outside = origin === 'own' ? undefined : fence;
  const body = (text: string | undefined): string => {
    if (text === undefined || text.trim() === '') return '';
    return outside === undefined ? promptBody(own(text)) : outside.text(text, origin);
  };

  let prompt = `## Handoff Context\n\n**Reason:** ${name(content.reason)}\n**From:** ${name(content.sourceAgentId)}\n**Confidence so far:** ${content.confidence.toFixed(2)}\n`;
  if (leftOut.length > 0) prompt += `**Left out for length:** ${leftOut.join(', ')}\n`;
  if (fence !== undefined) prompt += `\n${fence.explanation}\n`;
  prompt += section('Original Task', body(content.task));
  if (payload !== undefined) {
    const json =
      outside === undefined ? codeBlock(own(promptJson(payload))) : outside.json(payload, origin);
    prompt += section('Payload', json);
  }
  prompt += section('Progress So Far', body(content.progress));
  prompt += section('Findings', findingsBody(content.findings, fence));
  prompt += section('Conversation Summary', body(content.summary));
  prompt += section('Instructions', body(content.instructions));
  return prompt + section('Handoff Chain', chain.map(name).join(' -> '));
}

const section = (title: string, body: string): string =>
  body === '' ? '' : `\n### ${title}\n${body}\n`;

/** Own findings as a list; others behind them, fenced, an origin at a time. */
function findingsBody(findings: readonly PromptFinding[], fence: Fence | undefined): string {
  const blocks: string[] = [];
  const own = findings.filter(({ origin }) => origin === 'own');
  if (own.length > 0) blocks.push(own.map((finding) => findingLine(finding, fence)).join('\n'));
  for (const origin of ['verified', 'unverified'] as const) {
    const foreign = findings.filter((finding) => finding.origin === origin);
    if (foreign.length === 0) continue;
    const entries = foreign.map(({ key, value }) => [key, value] as const);
    blocks.push((fence as Fence).entries(entries, origin));
  }
  return blocks.join('\n\n');
}

function findingLine({ key, value }: PromptFinding, fence: Fence | undefined): string {
  const line = `- **${promptKey(key)}:** ${promptValue(value)}`;
  return fence === undefined ? line : fence.neutral(line);
}

import type { Usage } from '@agent-handoff/core/adapter';

/** One token for every four UTF-16 code units, rounded up: no tokenizer, but the same everywhere. */
export function scriptedTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The usage of one scripted call, from the text that went in and the text that came out. */
export function scriptedUsage(input: string, output: string): Usage {
  const inputTokens = scriptedTokens(input);
  const outputTokens = scriptedTokens(output);
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

/** The pieces in which a scripted text is streamed: words, each with the space behind it. */
export function scriptedDeltas(text: string): readonly string[] {
  return text.match(/\S+\s*|\s+/gu) ?? [];
}

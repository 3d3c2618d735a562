import { readFileSync } from 'node:fs';

/** What was recorded of the reference behaviour; null stands for an absent field. */
export interface Vectors {
  readonly prompts: readonly { context: Record<string, unknown>; prompt: string }[];
  readonly summaries: readonly {
    messages: { role: 'system' | 'user' | 'assistant'; content: string }[];
    summary: string;
  }[];
  readonly confidence: readonly { response: string; baseConfidence: number; confidence: number }[];
}

/** The recorded vectors of `test-data/reference-behaviour.json`. */
export function readVectors(): Vectors {
  const file = new URL('../test-data/reference-behaviour.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Vectors;
}

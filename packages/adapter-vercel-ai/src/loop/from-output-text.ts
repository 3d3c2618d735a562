import type { Json } from '@agent-handoff/core/adapter';

/** The structured answer that a text is; absent where it isn't JSON. */
export function fromOutputText(text: string): { data?: Json } {
  try {
    return { data: JSON.parse(text) as Json };
  } catch {
    return {};
  }
}

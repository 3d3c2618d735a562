import type { Remaining } from './handoff-context.ts';

/** What a task may use where nobody says otherwise: 25 handoffs and 1,000,000 tokens. */
export const defaultRemaining: Remaining = { handoffs: 25, tokens: 1_000_000 };

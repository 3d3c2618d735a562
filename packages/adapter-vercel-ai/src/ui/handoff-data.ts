import type { UIMessage } from 'ai';
import { type HandoffUpdate, handoffUpdateSchema } from '../tools/handoff-update.ts';

/** A message of `useChat` whose `data-handoff` parts are typed. */
export type HandoffUIMessage = UIMessage<unknown, { handoff: HandoffUpdate }>;

/**
 * Checks `data-handoff` parts as they arrive: `useChat<HandoffUIMessage>({ dataPartSchemas: handoffDataSchemas })`,
 * and `safeValidateUIMessages({ messages, dataSchemas: handoffDataSchemas })` where they come back.
 */
export const handoffDataSchemas = { handoff: handoffUpdateSchema };

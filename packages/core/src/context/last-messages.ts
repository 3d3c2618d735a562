import { HandoffError } from '../errors/handoff-error.ts';
import type { ContextFilter } from './context-filter.ts';
import type { Message } from './message.ts';
import { repairTranscript } from './repair-transcript.ts';

/**
 * At most the last `count` of the key messages. Results of tools don't count: they stay with their
 * call and go with it. The summary stays whole, so older messages are still in it. Idempotent.
 *
 * It narrows what is handed on: where a `state` is the source, `keepMessages` says how many there are.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where `count` is not a whole number from 0.
 */
export function lastMessages(count: number): ContextFilter {
  if (!Number.isInteger(count) || count < 0) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `count is ${count}. Pass a whole number from 0.`,
    );
  }
  return {
    context: (handedOn) => {
      const messages = repairTranscript(handedOn.keyMessages);
      let first = messages.length;
      for (let left = count; left > 0 && first > 0; ) {
        first -= 1;
        if ((messages[first] as Message).role !== 'tool') left -= 1;
      }
      return { ...handedOn, keyMessages: messages.slice(first) };
    },
  };
}

import { HandoffError } from '../errors/handoff-error.ts';
import type { AgentState } from './agent-state.ts';
import type { Message } from './message.ts';
import { repairTranscript } from './repair-transcript.ts';

/**
 * The messages of a state worth handing on verbatim: all of them up to `max` (default 5), else the
 * last ones; without system messages, repaired as `repairTranscript` does, and never more than `max`.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where `max` is not a whole number from 0.
 */
export function selectKeyMessages(state: AgentState, max = 5): readonly Message[] {
  if (!Number.isInteger(max) || max < 0) {
    throw new HandoffError('INVALID_CONFIGURATION', `max is ${max}. Pass a whole number from 0.`);
  }
  const messages = state.messages.filter(({ role }) => role !== 'system');
  for (let count = Math.min(max, messages.length); count > 0; count--) {
    const selected = repairTranscript(messages.slice(messages.length - count));
    // A call whose result lies outside is answered, which takes a place.
    if (selected.length <= max) return selected;
  }
  return [];
}

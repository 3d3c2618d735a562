import type { Message } from '@agent-handoff/core/adapter';
import type { TranscriptCheck } from './check-transcript.ts';

/**
 * The turns of a conversation. Anthropic and Gemini want it to begin with the user and to end with the
 * user or tool results: current models take no half-written answer. Gemini wants tool calls directly
 * after the user or tool results, never after another turn of the model. Roles that follow themselves
 * are joined or accepted everywhere else.
 */
export function checkRoles(messages: readonly Message[], check: TranscriptCheck): void {
  const { providers, excerpt, report } = check;
  const turns = messages.flatMap(({ role, parts }, index) =>
    role === 'system'
      ? []
      : [{ role, index, calls: parts.some(({ type }) => type === 'tool_call') }],
  );
  const first = turns[0];
  const last = turns.at(-1);
  const strict = providers.filter((provider) => provider !== 'openai').join(' and ');
  if (!excerpt && strict !== '') {
    if (first?.role === 'assistant') {
      report('role-order', first.index, `${strict}: the conversation begins with the assistant.`);
    }
    if (last?.role === 'assistant') {
      report('role-order', last.index, `${strict}: the conversation ends with the assistant.`);
    }
  }
  if (!providers.includes('gemini')) return;
  for (const [place, { role, index, calls }] of turns.entries()) {
    if (role === 'assistant' && calls && turns[place - 1]?.role === 'assistant') {
      const what = `Message ${index} calls tools directly after another message of the assistant`;
      report('role-order', index, `${what}: join the two.`);
    }
  }
}

import { type Message, messageSchema, repairTranscript } from '@agent-handoff/core';

/**
 * What an agent in another process said and did, as a transcript here may hold it: its own words and its
 * tools' answers, under its own id, each call with one answer. Nobody over there speaks for the system,
 * for the user or for another agent of this process.
 *
 * @throws Error that says what is no message.
 */
export function returnedMessages(agentId: string, messages: unknown): readonly Message[] {
  if (!Array.isArray(messages)) throw new Error('its messages are no list');
  const own: Message[] = [];
  for (const given of messages) {
    const read = messageSchema.safeParse(given);
    if (!read.success) throw new Error('it has a message that is none');
    const { role, parts } = read.data;
    if (role === 'assistant') own.push({ name: agentId, parts, role });
    else if (role === 'tool') own.push({ parts, role });
  }
  return repairTranscript(own);
}

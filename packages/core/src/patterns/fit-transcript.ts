import type { Message } from '../context/message.ts';

/** UTF-16 code units of messages, as JSON, that a context takes beside all else that it may hold. */
const maxCharacters = 400_000;

/** The newest messages that fit into a context; all of them where they do. */
export function fitTranscript(messages: readonly Message[]): readonly Message[] {
  let left = maxCharacters;
  for (let at = messages.length - 1; at >= 0; at--) {
    left -= JSON.stringify(messages[at]).length;
    if (left < 0) return messages.slice(at + 1);
  }
  return messages;
}

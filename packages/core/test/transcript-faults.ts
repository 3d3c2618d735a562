import type { Message } from '../src/context/message.ts';

/**
 * What strict providers would refuse in a transcript, read from their documentation and written
 * without a look at the repair: an empty list for a transcript that all of them take.
 */
export function transcriptFaults(transcript: readonly Message[]): string[] {
  const faults: string[] = [];
  const allCalls = new Set<string>();
  let owed: string[] = [];
  transcript.forEach((message, index) => {
    const fault = (what: string): number => faults.push(`message ${index}: ${what}`);
    if (message.parts.length === 0) fault('has no parts');
    if (message.name !== undefined && !/^[a-zA-Z0-9_-]{1,64}$/.test(message.name))
      fault('bad name');
    if (message.role === 'system') fault('is a system message');
    if (message.role === 'tool') {
      if (message.parts.length !== 1) fault('is not one result');
      if (message.name !== undefined) fault('is a named result');
    } else if (isCall(message) && transcript[index - 1]?.role === 'assistant') {
      fault('has calls directly after another message of the assistant');
    }
    if (message.role !== 'tool' && owed.length > 0) {
      fault(`comes before the results of ${owed.join(', ')}`);
      owed = [];
    }
    for (const part of message.parts) {
      if (part.providerMetadata !== undefined) fault('has provider metadata');
      switch (part.type) {
        case 'text':
          if (message.role === 'tool') fault('has text beside results');
          if (part.content.trim() === '') fault('has a blank text');
          break;
        case 'tool_call':
          if (message.role !== 'assistant') fault('is a call by someone else');
          if (allCalls.has(part.id)) fault(`uses the id ${part.id} again`);
          if (!/^[a-zA-Z0-9_-]{1,40}$/.test(part.id)) fault('has a bad id');
          if (!/^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/.test(part.name)) fault('has a bad tool name');
          if (Object.prototype.toString.call(part.arguments) !== '[object Object]') {
            fault('has arguments that are no object');
          }
          allCalls.add(part.id);
          owed.push(part.id);
          break;
        case 'tool_call_response':
          if (message.role !== 'tool') fault('is a result by someone else');
          if (owed[0] === part.id) owed.shift();
          else fault(`is a result out of place, of ${part.id}`);
          break;
        case 'blob':
        case 'uri':
          if (message.role !== 'user') fault('has media that is not from a user');
          break;
        default:
          fault(`has a part of type ${part.type}`);
      }
    }
  });
  if (owed.length > 0) faults.push(`the end comes before the results of ${owed.join(', ')}`);
  return faults;
}

const isCall = ({ role, parts }: Message): boolean =>
  role === 'assistant' && parts.some(({ type }) => type === 'tool_call');

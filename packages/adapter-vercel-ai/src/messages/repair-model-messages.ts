import type { ModelMessage } from 'ai';

type Part = Exclude<ModelMessage['content'], string>[number];

/** A call with all that belongs to it, by place. */
interface Call {
  readonly places: string[];
  /** Whether it has its result, or is about to get it. */
  isWhole: boolean;
  isAnswered: boolean;
}

/**
 * Messages of the AI SDK in which every call has its one result, directly behind it: calls without one,
 * results without a call or given twice, and messages without content are left out. For a conversation
 * that was cut to its newest messages, or broke off. A call that a person has decided about in the last
 * message stays open: it is run, or answered, with the next response. Calls that a provider runs itself
 * are left as they are.
 *
 * Whatever is not about pairs stays as it is, metadata of providers too; a transcript for another
 * provider goes through `repairTranscript` instead.
 */
export function repairModelMessages(messages: readonly ModelMessage[]): ModelMessage[] {
  const kept = keptPlaces(messages);
  return messages.flatMap((message, index): ModelMessage[] => {
    if (typeof message.content === 'string') return [message];
    const parts = partsOf(message);
    const content = parts.filter(
      (part, place) => !isPaired(part) || kept.has(placeOf(index, place)),
    );
    if (content.length === parts.length) return [message];
    return content.length === 0 ? [] : [{ ...message, content } as ModelMessage];
  });
}

const partsOf = ({ content }: ModelMessage): readonly Part[] =>
  typeof content === 'string' ? [] : content;

const placeOf = (message: number, part: number): string => `${message}/${part}`;

/** Whether a part is one of several that belong together. */
const isPaired = ({ type }: Part): boolean =>
  type === 'tool-call' ||
  type === 'tool-result' ||
  type === 'tool-approval-request' ||
  type === 'tool-approval-response';

/** The places of calls that are whole, and of what belongs to them. Ids may be used again later. */
function keptPlaces(messages: readonly ModelMessage[]): ReadonlySet<string> {
  const calls: Call[] = [];
  const open = new Map<string, Call>();
  /** Those that a provider runs: their results come whenever they come. */
  const provided = new Map<string, Call>();
  const approvals = new Map<string, Call>();
  const begin = (id: string, place: string, isProvided: boolean): void => {
    const call = { places: [place], isWhole: isProvided, isAnswered: false };
    if (!isProvided && open.has(id)) return;
    calls.push(call);
    (isProvided ? provided : open).set(id, call);
  };
  const answer = (id: string, place: string): void => {
    const call = open.get(id) ?? provided.get(id);
    if (call === undefined || call.isAnswered) return;
    call.places.push(place);
    call.isWhole = true;
    call.isAnswered = true;
  };
  messages.forEach((message, index) => {
    if (message.role !== 'tool') open.clear();
    const isLast = index === messages.length - 1;
    partsOf(message).forEach((part, at) => {
      const place = placeOf(index, at);
      if (part.type === 'tool-call') begin(part.toolCallId, place, part.providerExecuted === true);
      if (part.type === 'tool-result') answer(part.toolCallId, place);
      if (part.type === 'tool-approval-request') {
        const call = open.get(part.toolCallId) ?? provided.get(part.toolCallId);
        call?.places.push(place);
        if (call) approvals.set(part.approvalId, call);
      }
      if (part.type === 'tool-approval-response') {
        const call = approvals.get(part.approvalId);
        call?.places.push(place);
        if (call && isLast) call.isWhole = true;
      }
    });
  });
  return new Set(calls.flatMap(({ isWhole, places }) => (isWhole ? places : [])));
}

import type { ModelAnswer } from '@agent-handoff/core/adapter';
import { AIMessage, BaseMessage, ToolMessage } from '@langchain/core/messages';
import { answerText } from '../messages/answer-text.ts';
import { fromLangChainMessages } from '../messages/from-langchain-messages.ts';
import { fromStreamedMessages } from '../messages/message-id.ts';
import { toStatus, toUsage } from '../model/to-usage.ts';
import { toAsked } from '../run/interrupt.ts';

/** What a runnable answered, taken apart. */
export interface RunnableOutput {
  /** What was added to the conversation. */
  readonly added: readonly BaseMessage[];
  readonly output: string;
  readonly data?: unknown;
  /** True where a graph with a checkpointer of its own asks something before it goes on. */
  readonly waits?: boolean;
}

/** The parts of whatever a runnable answers: a state, a message, a text, or data. */
export function toOutput(
  answered: unknown,
  inputIds: ReadonlySet<string>,
  turnEnded: boolean,
): RunnableOutput {
  if (typeof answered === 'string') return { added: [new AIMessage(answered)], output: answered };
  if (BaseMessage.isInstance(answered)) return { added: [answered], output: answerText(answered) };
  const { __interrupt__, messages, structuredResponse, raw, parsed } = (answered ?? {}) as {
    readonly __interrupt__?: readonly { value?: unknown }[];
    readonly messages?: unknown;
    readonly structuredResponse?: unknown;
    readonly raw?: unknown;
    readonly parsed?: unknown;
  };
  if (Array.isArray(messages) && messages.every((each) => BaseMessage.isInstance(each))) {
    const added = addedTo(messages, inputIds);
    if (__interrupt__) return { added, output: toAsked(__interrupt__), waits: true };
    const whole = withAnswers(added);
    // A tool whose answer is the agent's has the last word; not one that hands the conversation on.
    const last = turnEnded ? added.findLast(({ type }) => type === 'ai') : added.at(-1);
    const data = structuredResponse === undefined ? {} : { data: structuredResponse };
    return { added: whole, output: answerText(last), ...data };
  }
  // A structured answer with `includeRaw`.
  if (BaseMessage.isInstance(raw)) return { added: [raw], output: answerText(raw), data: parsed };
  const output = answered === undefined ? '' : JSON.stringify(answered);
  return { added: [new AIMessage(output)], output, data: answered };
}

/** The messages behind the last one that went in; without one, those behind what a person said last. */
function addedTo(messages: readonly BaseMessage[], inputIds: ReadonlySet<string>): BaseMessage[] {
  const given = messages.findLastIndex(({ id }) => id !== undefined && inputIds.has(id));
  if (given !== -1) return messages.slice(given + 1);
  return messages.slice(messages.findLastIndex(isAsked) + 1);
}

const isAsked = ({ type }: BaseMessage): boolean => type === 'human' || type === 'system';

/** The messages, where LangChain let calls drop, as it does beside a structured answer, with answers to them. */
function withAnswers(messages: readonly BaseMessage[]): readonly BaseMessage[] {
  if (!messages.some((each) => callsOf(each).length > 0)) return messages;
  const answered = new Set(
    messages.map((each) => (ToolMessage.isInstance(each) ? each.tool_call_id : undefined)),
  );
  return messages.flatMap((message) => {
    const dropped = callsOf(message).filter(({ id }) => !answered.has(id));
    const answers = dropped.map(
      ({ id = '', name }) =>
        new ToolMessage({ content: 'Not run.', name, tool_call_id: id, status: 'error' }),
    );
    return [message, ...answers];
  });
}

const callsOf = (message: BaseMessage): NonNullable<AIMessage['tool_calls']> =>
  (AIMessage.isInstance(message) && message.tool_calls) || [];

/** The answer to the request that the runnable was given. */
export function toAnswer(
  { added, output, data, waits }: RunnableOutput,
  written: readonly BaseMessage[],
  turnEnded: boolean,
  streamed: boolean,
): ModelAnswer {
  const answer = added.findLast(({ type }) => type === 'ai');
  return {
    status: waits ? 'awaiting-approval' : turnEnded ? 'completed' : toStatus(answer),
    output,
    ...(data === undefined ? {} : { data }),
    messages: streamed ? fromStreamedMessages(added) : fromLangChainMessages(added),
    usage: toUsage(written),
  };
}

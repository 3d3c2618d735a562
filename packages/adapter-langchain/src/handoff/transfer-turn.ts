import { type AgentState, type CompletedHandoff, createAgentState } from '@agent-handoff/core';
import { HandoffError, messageText } from '@agent-handoff/core/adapter';
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { fromLangChainMessages } from '../messages/from-langchain-messages.ts';
import { messageId } from '../messages/message-id.ts';
import type { HandoffToolInput } from './target-of.ts';

type ToolCall = NonNullable<AIMessage['tool_calls']>[number];

/** A turn in which a model asked for a transfer, all of its tools answered. */
export interface TransferTurn {
  readonly caller: AIMessage;
  /** The call that counts: the first in the order in which the model wrote them. */
  readonly call: ToolCall & { readonly id: string };
  readonly answer: ToolMessage;
  /** The answers to the other transfers of the turn. */
  readonly others: readonly ToolMessage[];
}

/** The turn that a conversation ends in, where the model asked for a transfer in it. */
export function transferTurn(
  messages: readonly BaseMessage[],
  transfers: ReadonlyMap<string, unknown>,
): TransferTurn | undefined {
  const at = messages.findLastIndex((each) => AIMessage.isInstance(each));
  const caller = messages[at] as AIMessage | undefined;
  const answers = messages.slice(at + 1).filter((each) => ToolMessage.isInstance(each));
  const asked = (caller?.tool_calls ?? []).flatMap((call) => {
    const answer = answers.find((each) => each.tool_call_id === call.id);
    const isSound = call.id !== undefined && transfers.has(call.name) && answer?.status !== 'error';
    return isSound && answer ? [{ call: call as TransferTurn['call'], answer }] : [];
  });
  const [first, ...others] = asked;
  if (caller === undefined || first === undefined) return undefined;
  return { caller, ...first, others: others.map(({ answer }) => answer) };
}

/** What answers the call of a transfer until it is made. */
export const askedFor = (target: string): string => `Asked to hand on to ${target}.`;

/** The answers to transfers of earlier turns that the agent ended without, saying so. */
export function lostAnswers(
  messages: readonly BaseMessage[],
  transfers: ReadonlyMap<string, { readonly target: string }>,
): ToolMessage[] {
  return messages.flatMap((each) => {
    if (!ToolMessage.isInstance(each)) return [];
    const target = transfers.get(each.name ?? '')?.target;
    if (target === undefined || each.content !== askedFor(target)) return [];
    return again(each, 'Not transferred: the agent was ended before that.', 'error');
  });
}

/** The conversation as the state that its agent hands on. */
export const toState = (agentId: string, messages: readonly BaseMessage[]): AgentState =>
  createAgentState({ agentId, messages: fromLangChainMessages(messages) });

/** What a model asked for; without a task of its own, what a person said last. */
export function toAsked(
  input: HandoffToolInput,
  messages: readonly BaseMessage[],
): HandoffToolInput & { readonly task: string } {
  const { task = '' } = input;
  if (task.trim() !== '') return { ...input, task };
  const said = messages.findLast(({ type }) => type === 'human')?.text ?? '';
  return { ...input, task: said.trim() === '' ? 'Go on with the conversation.' : said };
}

/** The same answers, in their own places, saying what became of the transfers. */
export function settledAnswers(
  { answer, others }: TransferTurn,
  outcome: CompletedHandoff | HandoffError,
  target: string,
): ToolMessage[] {
  if (HandoffError.isInstance(outcome)) {
    return [again(answer, outcome.message, 'error', outcome.toJSON())];
  }
  const lost = `Not transferred: the conversation went to ${target}.`;
  return [
    again(answer, `Transferred to ${target}.`, 'success', outcome),
    ...others.map((other) => again(other, lost, 'error')),
  ];
}

/** LangGraph puts a message in the place of one that has its id. */
function again(
  { id, name, tool_call_id }: ToolMessage,
  content: string,
  status: 'success' | 'error',
  artifact?: unknown,
): ToolMessage {
  return new ToolMessage({
    content,
    tool_call_id,
    status,
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(artifact === undefined ? {} : { artifact }),
  });
}

/**
 * The target's answer, as a message of the conversation that it took over: under the id under which it was
 * streamed, else one that is the same wherever the handoff is found again.
 */
export function toAnswerMessage({
  output,
  messages,
  targetAgentId,
  handoffId,
}: CompletedHandoff): AIMessage {
  const said = messages.findLast(({ role }) => role === 'assistant');
  const streamed = said && messageText(said) === output ? messageId(said) : undefined;
  return new AIMessage({
    id: streamed ?? handoffId,
    content: output,
    name: targetAgentId,
    response_metadata: { handoff_id: handoffId },
  });
}

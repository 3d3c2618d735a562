import {
  applyFilters,
  type ContextFilter,
  type CountTokens,
  createAgentState,
  createHandoffManager,
  type HandoffAgent,
  lastMessages,
  type Message,
  onlyFindings,
  type Summarize,
  summarizeConversation,
  toPrompt,
  unwrap,
  withinTokens,
} from '@agent-handoff/core';
import { type PlantedFact, plantedConversation } from './planted-conversation.ts';

/** One way to hand a conversation over. */
export interface HandoverStrategy {
  readonly name: string;
  /** Whether the first agent reports what it learns as findings, as it learns it. */
  readonly findings: boolean;
  readonly keepMessages?: number;
  readonly summarize?: Summarize;
  readonly filters: readonly ContextFilter[];
  /** Whether the prompt is bounded. */
  readonly bounded: boolean;
}

/** What the receiver was given. */
export interface Handover {
  readonly strategy: HandoverStrategy;
  /** Tokens of the prompt and the messages together. */
  readonly tokens: number;
  /** The planted facts that the receiver can read in it. */
  readonly survived: readonly PlantedFact[];
}

/** The ways to compare, each within `maxTokens` but the last, which hands over everything. */
export function handoverStrategies(
  maxTokens: number,
  countTokens: CountTokens,
): readonly HandoverStrategy[] {
  // The task and the headings of the prompt take their part of the tokens.
  const messagesOnly = withinTokens(maxTokens - 200, { countTokens });
  const noSummary: ContextFilter = { context: ({ conversationSummary: _, ...rest }) => rest };
  const everyMessage = 1_000;
  const everyTurn: Summarize = (messages) =>
    summarizeConversation(messages, { maxMessages: everyMessage, maxCharacters: 80 });
  return [
    { name: 'findings alone', findings: true, filters: [onlyFindings()], bounded: true },
    {
      name: 'findings, and summary in what is left',
      findings: true,
      summarize: everyTurn,
      filters: [],
      bounded: true,
    },
    {
      name: 'last messages that fit',
      findings: false,
      keepMessages: everyMessage,
      filters: [noSummary, messagesOnly],
      bounded: true,
    },
    {
      name: 'last 5 messages and bounded summary',
      findings: false,
      keepMessages: everyMessage,
      filters: [lastMessages(5), messagesOnly],
      bounded: true,
    },
    {
      name: 'bounded summary: last 20, 200 characters',
      findings: false,
      filters: [],
      bounded: true,
    },
    {
      name: 'bounded summary: all, 80 characters',
      findings: false,
      summarize: everyTurn,
      filters: [],
      bounded: true,
    },
    {
      name: 'whole transcript, no bound',
      findings: false,
      keepMessages: everyMessage,
      filters: [noSummary],
      bounded: false,
    },
  ];
}

/**
 * Holds the conversation of 200 turns at a first agent, which is scripted, then hands the work over by
 * the manager and reads what the second agent is given. Not measured: whether a real model would
 * have reported the facts.
 */
export async function handOverConversation(
  strategy: HandoverStrategy,
  maxTokens: number,
  countTokens: CountTokens,
): Promise<Handover> {
  const { bounded, filters, findings, keepMessages, summarize } = strategy;
  const turns = plantedConversation();
  const intake: HandoffAgent<'intake'> = {
    id: 'intake',
    name: 'Intake',
    async receiveHandoff() {
      const learned: Record<string, string> = {};
      const messages: Message[] = [];
      for (const turn of turns) {
        messages.push(...turn.messages);
        if (findings && turn.fact) learned[turn.fact.key] = turn.fact.value;
      }
      return { status: 'completed', output: 'Ready for a decision.', findings: learned, messages };
    },
  };
  const received: string[] = [];
  const refunds: HandoffAgent<'refunds'> = {
    id: 'refunds',
    name: 'Refunds',
    async receiveHandoff(context) {
      const given = applyFilters(context, filters);
      received.push(
        toPrompt(given, bounded ? { maxTokens, countTokens } : {}),
        ...given.keyMessages.map(({ role, parts }) => `${role}: ${partsText(parts)}`),
      );
      return { status: 'completed', output: 'Refunded.' };
    },
  };
  const manager = createHandoffManager({
    agents: [intake, refunds],
    ...(summarize ? { summarize } : {}),
  });
  const first = unwrap(
    await manager.executeHandoff({ target: 'intake', task: 'Find out what the customer needs.' }),
  );
  const state = createAgentState({ agentId: 'intake', messages: first.messages });
  unwrap(
    await manager.executeHandoff({
      target: 'refunds',
      task: 'Decide about the refund and the replacement, and write to the customer.',
      instructions: 'Use the facts as the customer gave them.',
      parent: first,
      state,
      ...(keepMessages === undefined ? {} : { keepMessages }),
    }),
  );
  const text = received.join('\n');
  const planted = turns.flatMap(({ fact }) => fact ?? []);
  return {
    strategy,
    tokens: countTokens(text),
    survived: planted.filter(({ value }) => text.includes(value)),
  };
}

function partsText(parts: Message['parts']): string {
  return parts
    .map((part) => (part.type === 'text' ? part.content : JSON.stringify(part)))
    .join(' ');
}

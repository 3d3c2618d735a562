import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { createHandoffTool, createSwarm } from '@langchain/langgraph-swarm';
import type { Contender } from '../contender.ts';
import { expectAnswer, scenario } from '../scenario.ts';

/**
 * The handoff of langgraph-swarm: triage's model calls the transfer tool, billing's model answers. The
 * graph is compiled once, and without a checkpointer, so that it keeps nothing.
 */
export function langgraphSwarm(batch: number): Contender {
  const name = 'langgraph-swarm';
  const { task, triage, billing } = scenario;
  const swarm = createSwarm({
    agents: [
      createReactAgent({
        name: triage.id,
        prompt: triage.systemPrompt,
        llm: new InstantChatModel({ type: 'transfer', to: billing.id }),
        tools: [createHandoffTool({ agentName: billing.id })],
      }),
      createReactAgent({
        name: billing.id,
        prompt: billing.systemPrompt,
        llm: new InstantChatModel({ type: 'text', text: billing.output }),
        tools: [],
      }),
    ],
    defaultActiveAgent: triage.id,
  }).compile();
  return {
    name,
    batch,
    async run() {
      const { messages, activeAgent } = await swarm.invoke({
        messages: [{ role: 'user', content: task }],
      });
      expectAnswer(name, activeAgent === billing.id ? messages.at(-1)?.content : undefined);
    },
  };
}

type Answer =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'transfer'; readonly to: string };

class InstantChatModel extends BaseChatModel {
  readonly #answer: Answer;

  constructor(answer: Answer) {
    super({});
    this.#answer = answer;
  }

  override _llmType(): string {
    return 'instant';
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(): Promise<ChatResult> {
    const answer = this.#answer;
    const message =
      answer.type === 'text'
        ? new AIMessage(answer.text)
        : new AIMessage({
            content: '',
            tool_calls: [{ id: 'call_transfer', name: `transfer_to_${answer.to}`, args: {} }],
          });
    return { generations: [{ text: message.text, message }] };
  }
}

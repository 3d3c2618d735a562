import type { Message, ModelAnswer, ModelRequest } from '@agent-handoff/core/adapter';
import type { ModelMessage, StepResult, TextStreamPart, ToolSet } from 'ai';
import { readStream } from '../loop/read-stream.ts';
import { runAbortable } from '../loop/run-abortable.ts';
import { toAnswer, toStepUsage } from '../loop/to-answer.ts';
import { toHandoffError } from '../loop/to-handoff-error.ts';
import { toToolSet } from '../loop/to-tool-set.ts';
import { fromModelMessages } from '../messages/from-model-messages.ts';
import { toApprovedMessages } from '../messages/to-approved-messages.ts';
import { toModelMessages } from '../messages/to-model-messages.ts';
import type { AiSdkAgent, AiSdkAgentSource, AiSdkCall } from './ai-sdk-agent.ts';

type Step = StepResult<ToolSet>;

/** What is read of the results of both majors. */
interface AgentResult {
  readonly steps: PromiseLike<readonly Step[]> | readonly Step[];
  /** The structured answer; a getter that throws where there is none. */
  readonly output: unknown;
  readonly fullStream: AsyncIterable<TextStreamPart<ToolSet>>;
  /** Of version 7: what the response added, over all steps. */
  readonly responseMessages?: PromiseLike<readonly ModelMessage[]> | readonly ModelMessage[];
  /** Of version 6 the same. */
  readonly response: PromiseLike<Response> | Response;
}

interface Response {
  readonly messages: readonly ModelMessage[];
}

/**
 * One answer of an agent of the AI SDK: its own tool loop, with the handoff tools in it.
 *
 * @param scopes each names the tools that the agent may use beside those.
 */
export async function runAgent(
  agentId: string,
  source: AiSdkAgentSource,
  request: ModelRequest,
  scopes: readonly (readonly string[])[],
): Promise<ModelAnswer> {
  const run = new AgentRun(scopes);
  return runAbortable(
    request.signal,
    (abort) => run.answer(source, request, abort),
    (thrown) => toHandoffError(thrown, { agentId, ...run.usage() }),
  );
}

/** The run of an agent whose settings aren't ours: what it has done is kept as it goes. */
class AgentRun {
  readonly #scopes: readonly (readonly string[])[];
  #steps: readonly Step[] = [];
  /** The results of calls that were approved, which are run before the first step. */
  #approved: readonly Message[] = [];
  #turnEnded = false;

  constructor(scopes: readonly (readonly string[])[]) {
    this.#scopes = scopes;
  }

  /** What the steps so far consumed; absent before the first. */
  usage(): { usage?: ModelAnswer['usage'] } {
    return this.#steps.length === 0 ? {} : { usage: toStepUsage(this.#steps) };
  }

  async answer(
    source: AiSdkAgentSource,
    request: ModelRequest,
    abort: AbortController,
  ): Promise<ModelAnswer> {
    const tools = toToolSet(request.tools, {
      signal: abort.signal,
      onStart: () => {},
      onTurnEnd: () => {
        this.#turnEnded = true;
      },
    });
    const agent = typeof source === 'function' ? source({ tools }) : source;
    const data = await this.#run(agent, request, abort);
    const answer = toAnswer(this.#steps, this.#turnEnded, false, this.#approved);
    return data === undefined || answer.status !== 'completed' ? answer : { ...answer, data };
  }

  async #run(
    agent: AiSdkAgent,
    { messages, onEvent, outputSchema, tools, approval }: ModelRequest,
    abort: AbortController,
  ): Promise<unknown> {
    const call = {
      messages: approval ? toApprovedMessages(messages) : toModelMessages(messages),
      abortSignal: abort.signal,
      onStepFinish: (step: Step) => {
        this.#steps = [...this.#steps, step];
        // The only way to end the loop of an agent whose stop conditions can't be added to.
        if (this.#turnEnded) abort.abort();
      },
      ...this.#allowed(agent, tools),
      // A link in a transcript is for the provider to open; this process fetches nothing but the model.
      experimental_download: async (files: readonly unknown[]) => files.map(() => null),
    } satisfies AiSdkCall & Record<string, unknown>;
    try {
      const result = (await (onEvent ? agent.stream(call) : agent.generate(call))) as AgentResult;
      if (onEvent) await readStream(result.fullStream, abort.signal, onEvent);
      this.#steps = await result.steps;
      if (approval) this.#approved = await approvedResults(result);
      return outputSchema && !this.#turnEnded ? await structured(result, this.#steps) : undefined;
    } catch (thrown) {
      // What came so far is the answer where a tool ended the turn, or where only its form is wrong.
      if (this.#steps.length > 0 && (this.#turnEnded || isFormError(thrown))) return undefined;
      throw thrown;
    }
  }

  /** The tools to take the place of the agent's, where a scope leaves some out. */
  #allowed({ tools = {} }: AiSdkAgent, handoffTools: ModelRequest['tools']): { tools?: ToolSet } {
    if (this.#scopes.length === 0) return {};
    const given = new Set(handoffTools.map(({ name }) => name));
    const isAllowed = (name: string): boolean =>
      given.has(name) || this.#scopes.every((scope) => scope.includes(name));
    return { tools: Object.fromEntries(Object.entries(tools).filter(([name]) => isAllowed(name))) };
  }
}

async function approvedResults({ responseMessages, response }: AgentResult): Promise<Message[]> {
  const added = (await responseMessages) ?? (await response).messages;
  const first = added.findIndex(({ role }) => role !== 'tool');
  return fromModelMessages(added.slice(0, first < 0 ? added.length : first));
}

/** What the agent's own output specification made of the text; the text itself is none. */
async function structured(result: AgentResult, steps: readonly Step[]): Promise<unknown> {
  const output = await result.output;
  return output === steps.at(-1)?.text ? undefined : output;
}

/** The text is there, but isn't what the agent's output specification wants. */
const isFormError = (thrown: unknown): boolean =>
  ['AI_NoObjectGeneratedError', 'AI_NoOutputGeneratedError'].includes(
    (thrown as { name?: string } | null)?.name ?? '',
  );

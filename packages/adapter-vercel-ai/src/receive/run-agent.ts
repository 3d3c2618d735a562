import type { Message, ModelAnswer, ModelRequest } from '@agent-handoff/core/adapter';
import type { ModelMessage, StepResult, TextStreamPart, ToolSet } from 'ai';
import { readStream } from '../loop/read-stream.ts';
import { runAbortable } from '../loop/run-abortable.ts';
import { toAnswer, toStepUsage } from '../loop/to-answer.ts';
import { toHandoffError, type Who } from '../loop/to-handoff-error.ts';
import { toToolSet } from '../loop/to-tool-set.ts';
import { toModelMessages } from '../messages/to-model-messages.ts';
import type { AiSdkAgent, AiSdkAgentSource, AiSdkCall } from './ai-sdk-agent.ts';
import { approvedResults, toApprovedCalls } from './approved-calls.ts';

type Step = StepResult<ToolSet>;
type Scope = readonly string[];

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

/** What has been done so far. */
interface Run {
  steps: readonly Step[];
  /** What the model had seen when a tool ended its turn. */
  endedAfter?: readonly ModelMessage[];
}

interface RunOptions {
  /** Each names the tools that the agent may use beside the handoff tools. */
  readonly scopes?: readonly Scope[];
  /** Is told of every step. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

/** One answer of an agent of the AI SDK: its own tool loop, with the handoff tools in it. */
export function runAgent(
  who: Who,
  source: AiSdkAgentSource,
  request: ModelRequest,
  options: RunOptions = {},
): Promise<ModelAnswer> {
  const run: Run = { steps: [] };
  return runAbortable(
    request.signal,
    (abort) => answer(run, source, request, options, abort),
    (thrown) =>
      toHandoffError(thrown, who, run.steps.length === 0 ? undefined : toStepUsage(run.steps)),
  );
}

async function answer(
  run: Run,
  source: AiSdkAgentSource,
  request: ModelRequest,
  { scopes = [], onStep }: RunOptions,
  abort: AbortController,
): Promise<ModelAnswer> {
  const { onEvent, outputSchema, approval } = request;
  const tools = toToolSet(request.tools, {
    signal: abort.signal,
    onTurnEnd: (messages) => {
      run.endedAfter = messages;
    },
  });
  const agent = typeof source === 'function' ? source({ tools }) : source;
  const calls = approval && toApprovedCalls(request.messages);
  const call = {
    messages: calls?.messages ?? toModelMessages(request.messages),
    abortSignal: abort.signal,
    onStepFinish: (step: Step) => {
      run.steps = [...run.steps, step];
      onStep?.(step);
      // The only way to end the loop of an agent whose stop conditions can't be added to.
      if (run.endedAfter) abort.abort();
    },
    experimental_download: leaveLinks,
    ...(scopes.length === 0 ? undefined : { tools: allowed(agent, tools, scopes) }),
  } satisfies AiSdkCall & Record<string, unknown>;
  let before: Message[] | undefined;
  let data: unknown;
  try {
    const result = (await (onEvent ? agent.stream(call) : agent.generate(call))) as AgentResult;
    if (onEvent) await readStream(result.fullStream, abort.signal, onEvent);
    run.steps = await result.steps;
    if (calls) before = approvedResults(await addedBy(result), calls.approved);
    if (outputSchema && !run.endedAfter) data = await structured(result, run.steps);
  } catch (thrown) {
    // What came so far is the answer where a tool ended the turn, or where only its form is wrong.
    if (run.steps.length === 0 || !(run.endedAfter || isFormError(thrown))) throw thrown;
    if (calls && run.endedAfter) before = approvedResults(run.endedAfter, calls.approved);
  }
  const given = toAnswer(run.steps, run.endedAfter !== undefined, before);
  return data === undefined || given.status !== 'completed' ? given : { ...given, data };
}

/** A link in a transcript is for the provider to open; this process fetches nothing but the model. */
const leaveLinks = async (files: readonly unknown[]): Promise<null[]> => files.map(() => null);

/** The agent's tools, with those left out that a scope leaves out. */
function allowed(agent: AiSdkAgent, handoffTools: ToolSet, scopes: readonly Scope[]): ToolSet {
  return Object.fromEntries(
    Object.entries(agent.tools ?? {}).filter(
      ([name]) =>
        Object.hasOwn(handoffTools, name) || scopes.every((scope) => scope.includes(name)),
    ),
  );
}

async function addedBy(result: AgentResult): Promise<readonly ModelMessage[]> {
  return (await result.responseMessages) ?? (await result.response).messages;
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

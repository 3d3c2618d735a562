import type { HandoffContext } from '../context/handoff-context.ts';
import type { Json, JsonObject } from '../context/json.ts';
import { type Message, message } from '../context/message.ts';
import { repairTranscript } from '../context/repair-transcript.ts';
import { toPrompt } from '../context/to-prompt.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { AgentReport } from './agent-report.ts';
import type { ReceiveOptions } from './handoff-agent.ts';
import type { HandoffModel, ModelAnswer, ModelRequest } from './handoff-model.ts';
import type { HandoffTool } from './handoff-tool.ts';
import type { StandardSchema } from './standard-schema.ts';
import { addUsage, type Usage } from './usage.ts';
import { validateWith } from './validate-with.ts';

/** What the receiving of a handoff needs of the agent. */
export interface ModelAgent {
  readonly agentId: string;
  readonly model: HandoffModel | undefined;
  readonly systemPrompt: string | undefined;
  readonly tools: readonly HandoffTool[];
  /** What it may use at most; undefined is everything. */
  readonly scope: readonly string[] | undefined;
  readonly outputSchema: JsonObject | undefined;
  readonly dataSchema: StandardSchema | undefined;
}

const goOn = message.user(
  'Take over from here. Do the work and reply with what you found and what you conclude.',
);
const answerNow = message.user(
  'Your reply had no text. Answer now, in a few sentences, with what you found and what you conclude.',
);

/**
 * Asks the agent's model to do the work of a context: the prompt, the messages handed over, a request
 * to go on; and once more, with a last request, where the answer has no text.
 *
 * @throws HandoffError `NO_MODEL`, `EMPTY_OUTPUT` after two empty answers, `INVALID_OUTPUT` where the
 * structured answer doesn't satisfy the agent's schema. What was consumed is in `details.usage`.
 */
export async function receiveWithModel(
  agent: ModelAgent,
  context: HandoffContext,
  options: ReceiveOptions,
): Promise<AgentReport<never>> {
  const { model } = agent;
  if (!model) {
    throw new HandoffError(
      'NO_MODEL',
      `Agent "${agent.agentId}" has no model: pass one to createHandoffAgent, or make a copy with manager.withModel(model).`,
      { details: { agentId: agent.agentId } },
    );
  }
  const turn: EndedTurn = {};
  const request = toRequest(agent, context, options, turn);
  let answer = await model.generate(request);
  let { usage } = answer;
  let added = withoutEmpty(answer.messages);
  if (isEmpty(answer) && turn.output === undefined) {
    request.signal.throwIfAborted();
    answer = await model.generate({
      ...request,
      messages: [...request.messages, ...added, answerNow],
    });
    usage = addUsage(usage, answer.usage);
    added = [...added, ...withoutEmpty(answer.messages)];
  }
  const output = answer.output.trim() === '' ? (turn.output ?? '') : answer.output;
  if (isEmpty({ ...answer, output })) {
    throw new HandoffError(
      'EMPTY_OUTPUT',
      `The model of agent "${agent.agentId}" answered twice without text: check its system prompt and its token limit.`,
      { details: { agentId: agent.agentId, usage } },
    );
  }
  // Whoever handed on owes no answer.
  const schema = turn.handedOn ? undefined : agent.dataSchema;
  const data = schema ? await toData(agent, schema, answer, usage) : undefined;
  return {
    status: answer.status,
    output: output === '' && data !== undefined ? JSON.stringify(data) : output,
    usage,
    messages: added,
    ...(data === undefined ? {} : { data: data as never }),
    ...(answer.transfer ? { transfer: answer.transfer } : {}),
  };
}

function toRequest(
  agent: ModelAgent,
  context: HandoffContext,
  options: ReceiveOptions,
  turn: EndedTurn,
): ModelRequest {
  const { signal = new AbortController().signal, onEvent } = options;
  const { systemPrompt, outputSchema } = agent;
  const request: { -readonly [Key in keyof ModelRequest]: ModelRequest[Key] } = {
    messages: requestMessages(context, options),
    tools: offeredTools(agent, context, options.tools ?? []).map((tool) =>
      noting(tool, turn, agent.tools.includes(tool)),
    ),
    signal,
  };
  if (systemPrompt !== undefined) request.systemPrompt = systemPrompt;
  if (outputSchema) request.outputSchema = outputSchema;
  if (onEvent) request.onEvent = onEvent;
  if (options.approval) request.approval = options.approval;
  return request;
}

function requestMessages(context: HandoffContext, options: ReceiveOptions): Message[] {
  const messages = [message.user(toPrompt(context, options))];
  if (context.keyMessages.length > 0) messages.push(...repairTranscript(context.keyMessages));
  messages.push(goOn);
  const { resumeFrom = [], approval } = options;
  // Calls that were approved are still open: whoever makes them answers them.
  messages.push(...(approval ? resumeFrom : repairTranscript(resumeFrom)));
  return messages;
}

/** What the tool answered that ended the model's turn: the agent's answer, where the model adds none. */
interface EndedTurn {
  output?: string;
  /** It was a handoff tool. */
  handedOn?: boolean;
}

function noting(tool: HandoffTool, turn: EndedTurn, isOwn: boolean): HandoffTool {
  return {
    ...tool,
    async execute(input, call) {
      const result = await tool.execute(input, call);
      if (result.endsTurn === true) {
        turn.output =
          typeof result.output === 'string' ? result.output : JSON.stringify(result.output);
        if (!isOwn) turn.handedOn = true;
      }
      return result;
    },
  };
}

/** The agent's own tools within both scopes, then the handoff tools, which paths govern. */
function offeredTools(
  agent: ModelAgent,
  { scope }: HandoffContext,
  handoffTools: readonly HandoffTool[],
): readonly HandoffTool[] {
  const own = agent.tools.filter(({ name }) => allows(scope, name) && allows(agent.scope, name));
  if (handoffTools.length === 0) return own;
  const taken = new Set(own.map(({ name }) => name));
  const twice = handoffTools.find(({ name }) => taken.has(name));
  if (twice) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `Agent "${agent.agentId}" has a tool named "${twice.name}", which is the name of a handoff tool: rename the agent's.`,
      { details: { agentId: agent.agentId, tool: twice.name } },
    );
  }
  return [...own, ...handoffTools];
}

function allows(scope: readonly string[] | undefined, tool: string): boolean {
  return scope === undefined || scope.includes('*') || scope.includes(tool);
}

function isEmpty({ status, output, data, transfer }: ModelAnswer): boolean {
  return (
    status === 'completed' &&
    data === undefined &&
    transfer === undefined &&
    output.trim().length === 0
  );
}

/** An assistant turn that says nothing is refused by strict providers. */
function withoutEmpty(messages: readonly Message[]): readonly Message[] {
  const says = ({ parts }: Message): boolean =>
    parts.some((part) => part.type !== 'text' || part.content.trim() !== '');
  return messages.every(says) ? messages : messages.filter(says);
}

async function toData(
  agent: ModelAgent,
  schema: StandardSchema,
  answer: ModelAnswer,
  usage: Usage,
): Promise<unknown> {
  if (answer.status !== 'completed' || answer.transfer) return undefined;
  const data = answer.data ?? fromText(answer.output);
  const validated = await validateWith(schema, data);
  if ('value' in validated) return validated.value;
  const problems = data === undefined ? ['it is text, and no JSON'] : validated.problems;
  throw new HandoffError(
    'INVALID_OUTPUT',
    `The structured answer of agent "${agent.agentId}" doesn't satisfy its dataSchema: ${problems.join('; ')}`,
    { details: { agentId: agent.agentId, problems, usage } },
  );
}

function fromText(output: string): Json | undefined {
  try {
    return JSON.parse(output) as Json;
  } catch {
    return undefined;
  }
}

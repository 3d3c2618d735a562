import { HandoffError, type HandoffManager } from '@agent-handoff/core';
import type { ToolSet } from 'ai';
import type { ApprovalOptions } from '../tools/approval.ts';
import { delegateTool } from '../tools/delegate-tool.ts';
import { type AcceptTransfer, toTransferTool } from '../tools/transfer-tool.ts';
import type { AiSdkAgentDefinition } from './ai-sdk-agent-definition.ts';

/** What the tools of a response need of it. */
export interface ToolBinding extends ApprovalOptions {
  readonly manager: HandoffManager;
  readonly agents: readonly AiSdkAgentDefinition[];
  /** The application's. */
  readonly tools?: ToolSet;
  /** The agent that has the conversation. */
  readonly source: () => string;
  /** Whether it is offered this tool. */
  readonly isOffered: (name: string) => boolean;
  /** Its handoff. */
  readonly parent: () => string | undefined;
  /** Waits until an agent has the conversation: approved tools are run before the first step. */
  readonly ready: () => Promise<unknown> | undefined;
  /** Opens the next one. */
  readonly transfer: AcceptTransfer;
}

/** The tools of a response. */
export interface AgentTools {
  /** Of all agents; each runs only where the agent that has the conversation is offered it. */
  readonly all: ToolSet;
  /** The names of the tools that an agent is offered in this scope. */
  offered(agent: AiSdkAgentDefinition, scope: readonly string[]): string[];
}

/**
 * The tools of a response: the application's for every agent, each agent's own, and for each the
 * handoff tools that its lists grant. Scopes are about the first two.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for two different tools of one name.
 */
export function agentTools(binding: ToolBinding): AgentTools {
  const all = new Map<string, ToolSet[string]>(Object.entries(binding.tools ?? {}));
  const shared = [...all.keys()];
  const handoffTools = new HandoffTools(binding);
  const granted = new Set<string>();
  const namesOf = new Map<string, readonly string[]>();
  for (const agent of binding.agents) {
    const handoffs = [...handoffTools.of(agent)];
    const own = [...Object.entries(agent.settings.tools ?? {}), ...handoffs];
    for (const [name, tool] of own) {
      if ((all.get(name) ?? tool) !== tool) throw twice(name);
      all.set(name, tool);
    }
    for (const [name] of handoffs) granted.add(name);
    namesOf.set(agent.id, [...new Set([...shared, ...own.map(([name]) => name)])]);
  }
  return {
    all: Object.fromEntries([...all].map(([name, tool]) => [name, guarded(name, tool, binding)])),
    offered: ({ id, scope: own = ['*'] }, scope) =>
      (namesOf.get(id) ?? []).filter(
        (name) => granted.has(name) || [own, scope].every((each) => allows(each, name)),
      ),
  };
}

const allows = (scope: readonly string[], name: string): boolean =>
  scope.includes('*') || scope.includes(name);

/** Some versions of the AI SDK run every tool that they were given, also one that was not offered. */
function guarded(
  name: string,
  tool: ToolSet[string],
  { isOffered, ready }: ToolBinding,
): ToolSet[string] {
  const { execute, needsApproval } = tool;
  if (execute === undefined) return tool;
  const run: typeof execute = (input, options) => {
    if (!isOffered(name)) throw new Error(`The tool "${name}" is not available.`);
    return execute.call(tool, input, options);
  };
  const checked: typeof execute = (input, options) => {
    const waiting = ready();
    return waiting ? after(waiting, () => run(input, options)) : run(input, options);
  };
  const asks = async (input: unknown, options: never): Promise<boolean> => {
    await ready();
    return typeof needsApproval === 'function'
      ? needsApproval(input, options)
      : needsApproval === true;
  };
  return {
    ...tool,
    execute: checked,
    ...(needsApproval === undefined ? {} : { needsApproval: asks }),
  } as ToolSet[string];
}

/** What a tool gives once something else is there; its previews are kept. */
async function* after(waiting: Promise<unknown>, run: () => unknown): AsyncGenerator<unknown> {
  await waiting;
  const output = await run();
  if (Symbol.asyncIterator in Object(output)) yield* output as AsyncIterable<unknown>;
  else yield output;
}

/** One tool for each verb and target, whoever has the conversation when it is called. */
class HandoffTools {
  readonly #binding: ToolBinding;
  readonly #made = new Map<string, ToolSet[string]>();

  constructor(binding: ToolBinding) {
    this.#binding = binding;
  }

  *of(agent: AiSdkAgentDefinition): Iterable<[string, ToolSet[string]]> {
    const { manager, agents, source, parent, transfer: accept, approvedBy } = this.#binding;
    const isHere = (id: string): boolean => agents.some((other) => other.id === id);
    const common = { manager, source, parent, ...(approvedBy === undefined ? {} : { approvedBy }) };
    for (const target of agent.canDelegateTo ?? []) {
      yield this.#once(`delegate_to_${target}`, () => delegateTool({ ...common, target }));
    }
    const { canTransferTo = [], canEscalateTo = [] } = agent;
    for (const target of canTransferTo.filter(isHere)) {
      yield this.#once(`transfer_to_${target}`, () =>
        toTransferTool({ ...common, target }, accept),
      );
    }
    for (const target of canEscalateTo.filter(isHere)) {
      yield this.#once(`escalate_to_${target}`, () =>
        toTransferTool({ ...common, target, reason: 'escalation' }, accept),
      );
    }
  }

  #once(name: string, make: () => ToolSet[string]): [string, ToolSet[string]] {
    const tool = this.#made.get(name) ?? make();
    this.#made.set(name, tool);
    return [name, tool];
  }
}

const twice = (name: string): HandoffError =>
  new HandoffError(
    'INVALID_CONFIGURATION',
    `Two different tools of one response are named "${name}": rename one.`,
    { details: { tool: name } },
  );

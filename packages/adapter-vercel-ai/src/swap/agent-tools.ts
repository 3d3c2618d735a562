import { HandoffError, type HandoffManager } from '@agent-handoff/core';
import { type HandoffToolSpec, handoffToolSpecs } from '@agent-handoff/core/adapter';
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
  const granted = new Map<string, ToolSet[string]>();
  const namesOf = new Map<string, readonly string[]>();
  for (const agent of binding.agents) {
    const own = Object.entries(agent.settings.tools ?? {});
    for (const spec of handoffToolSpecs(agent, binding.manager.agents)) {
      const isHere = binding.agents.some(({ id }) => id === spec.target);
      if (spec.verb !== 'delegate' && !isHere) continue;
      // One tool for each verb and target, whoever has the conversation when it is called.
      const tool = granted.get(spec.name) ?? toHandoffTool(spec, binding);
      granted.set(spec.name, tool);
      own.push([spec.name, tool]);
    }
    for (const [name, tool] of own) {
      if ((all.get(name) ?? tool) !== tool) throw twice(name);
      all.set(name, tool);
    }
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

function toHandoffTool(
  { verb, target }: HandoffToolSpec,
  { manager, source, parent, transfer, approvedBy }: ToolBinding,
): ToolSet[string] {
  const common = { manager, source, parent, target };
  if (verb === 'delegate') {
    return delegateTool({ ...common, ...(approvedBy === undefined ? {} : { approvedBy }) });
  }
  return toTransferTool(common, verb, transfer);
}

const allows = (scope: readonly string[], name: string): boolean =>
  scope.includes('*') || scope.includes(name);

/**
 * Some versions of the AI SDK run every tool that they were given, also one that was not offered; and
 * all run tools that were approved before the first step.
 */
function guarded(
  name: string,
  tool: ToolSet[string],
  { isOffered, ready }: ToolBinding,
): ToolSet[string] {
  const { execute, needsApproval } = tool;
  if (execute === undefined) return tool;
  const run = (input: unknown, options: never): unknown => {
    if (!isOffered(name)) throw new Error(`The tool "${name}" is not available.`);
    return execute.call(tool, input, options);
  };
  const guard = {
    execute: (input: unknown, options: never) => {
      const waiting = ready();
      return waiting ? after(waiting, () => run(input, options)) : run(input, options);
    },
    ...(typeof needsApproval === 'function'
      ? {
          needsApproval: async (input: unknown, options: never): Promise<boolean> => {
            await ready();
            return needsApproval(input, options);
          },
        }
      : {}),
  };
  return { ...tool, ...guard } as ToolSet[string];
}

/** What a tool gives once something else is there; its previews are kept. */
async function* after(waiting: Promise<unknown>, run: () => unknown): AsyncGenerator<unknown> {
  await waiting;
  const output = await run();
  if (Symbol.asyncIterator in Object(output)) yield* output as AsyncIterable<unknown>;
  else yield output;
}

const twice = (name: string): HandoffError =>
  new HandoffError(
    'INVALID_CONFIGURATION',
    `Two different tools of one response are named "${name}": rename one.`,
    { details: { tool: name } },
  );

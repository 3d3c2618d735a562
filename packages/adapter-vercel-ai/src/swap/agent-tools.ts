import {
  type HandoffAgent,
  HandoffError,
  type HandoffInput,
  type HandoffManager,
} from '@agent-handoff/core';
import type { ToolSet } from 'ai';
import { delegateTool } from '../tools/delegate-tool.ts';
import { toTransferTool } from '../tools/transfer-tool.ts';
import type { AiSdkAgentDefinition } from './ai-sdk-agent-definition.ts';

/** What the tools of a response need of it. */
export interface ToolBinding {
  readonly manager: HandoffManager;
  readonly agents: readonly AiSdkAgentDefinition[];
  /** The application's. */
  readonly tools?: ToolSet;
  /** The agent that has the conversation. */
  readonly source: () => string;
  /** Its handoff. */
  readonly parent: () => string | undefined;
  /** Opens the next one. */
  readonly transfer: (
    input: HandoffInput<HandoffAgent>,
  ) => Promise<{ taskId: string; handoffId: string }>;
}

/** The tools of a response, and the names of those that each agent is offered. */
export interface AgentTools {
  readonly all: ToolSet;
  readonly namesOf: ReadonlyMap<string, string[]>;
}

/**
 * The tools of a response: the application's for every agent, each agent's own, and for each the
 * handoff tools that its lists grant.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for two different tools of one name.
 */
export function agentTools(binding: ToolBinding): AgentTools {
  const all = new Map<string, ToolSet[string]>(Object.entries(binding.tools ?? {}));
  const shared = [...all.keys()];
  const handoffTools = new HandoffTools(binding);
  const namesOf = new Map<string, string[]>();
  for (const agent of binding.agents) {
    const own = [...Object.entries(agent.settings.tools ?? {}), ...handoffTools.of(agent)];
    for (const [name, tool] of own) {
      if ((all.get(name) ?? tool) !== tool) throw twice(name);
      all.set(name, tool);
    }
    namesOf.set(agent.id, [...new Set([...shared, ...own.map(([name]) => name)])]);
  }
  return { all: Object.fromEntries(all), namesOf };
}

/** One tool for each verb and target, whoever has the conversation when it is called. */
class HandoffTools {
  readonly #binding: ToolBinding;
  readonly #made = new Map<string, ToolSet[string]>();

  constructor(binding: ToolBinding) {
    this.#binding = binding;
  }

  *of(agent: AiSdkAgentDefinition): Iterable<[string, ToolSet[string]]> {
    const { manager, agents, source, parent, transfer } = this.#binding;
    const isHere = (id: string): boolean => agents.some((other) => other.id === id);
    const common = { manager, source, parent };
    for (const target of agent.canDelegateTo ?? []) {
      yield this.#once(`delegate_to_${target}`, () => delegateTool({ ...common, target }));
    }
    const { canTransferTo = [], canEscalateTo = [] } = agent;
    for (const target of canTransferTo.filter(isHere)) {
      yield this.#once(`transfer_to_${target}`, () =>
        toTransferTool({ ...common, target }, transfer),
      );
    }
    for (const target of canEscalateTo.filter(isHere)) {
      yield this.#once(`escalate_to_${target}`, () =>
        toTransferTool({ ...common, target, reason: 'escalation' }, transfer),
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

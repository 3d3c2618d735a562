import type { AgentReport } from '../src/agent/agent-report.ts';
import type { HandoffAgent, ReceiveOptions } from '../src/agent/handoff-agent.ts';
import type { HandoffContext } from '../src/context/handoff-context.ts';

/** One call of a scripted agent. */
export interface AgentCall {
  readonly context: HandoffContext;
  readonly options: ReceiveOptions;
  /** From 1. */
  readonly call: number;
}

/** Text is the output of a report; `unknown` lets a script answer what no report may be. */
export type Script = (call: AgentCall) => unknown;

export interface ScriptedAgent<Id extends string> extends HandoffAgent<Id> {
  /** What it received, oldest first. */
  readonly calls: readonly AgentCall[];
}

/** An agent that answers as its script says. */
export function scriptedAgent<const Id extends string>(
  id: Id,
  script: Script | string = `${id} is done`,
  declared: Partial<Omit<HandoffAgent<Id>, 'id' | 'receiveHandoff'>> = {},
): ScriptedAgent<Id> {
  const calls: AgentCall[] = [];
  return {
    name: id,
    ...declared,
    id,
    calls,
    async receiveHandoff(context, options = {}) {
      const received = { context, options, call: calls.length + 1 };
      calls.push(received);
      const answer = typeof script === 'string' ? script : await script(received);
      return (
        typeof answer === 'string' ? { status: 'completed', output: answer } : answer
      ) as AgentReport;
    },
  };
}

/** A report with everything defaulted. */
export function report(fields: Partial<AgentReport> = {}): AgentReport {
  return { status: 'completed', output: 'done', ...fields };
}

/** A usage of so many tokens, all of them output. */
export function tokens(totalTokens: number): { readonly usage: AgentReport['usage'] & object } {
  return { usage: { inputTokens: 0, outputTokens: totalTokens, totalTokens } };
}

/** Never answers, whatever happens. */
export const never: Script = () => new Promise(() => {});

/** Answers when its signal aborts, by throwing its reason: a well-behaved agent. */
export const untilAborted: Script = ({ options: { signal } }) =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

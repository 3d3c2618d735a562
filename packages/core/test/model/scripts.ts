import fc from 'fast-check';
import type { AgentReport } from '../../src/agent/agent-report.ts';
import { message } from '../../src/context/message.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { type AgentCall, report, type Script, tokens } from '../scripted-agent.ts';
import { callTools, type ToolCall } from '../tool-calls.ts';

/** What an agent does with one call. */
export interface Behaviour {
  readonly kind:
    | 'answers'
    | 'says nothing'
    | 'throws'
    | 'stops short'
    | 'never answers'
    | 'waits to be approved'
    | 'calls tools'
    | 'calls tools and does not wait'
    | 'hands out by code'
    | 'calls what it has no tool for';
  readonly delayMs: number;
  readonly tokens: number;
  readonly confidence: number;
  /** Which of its tools it calls in one turn, by their number. */
  readonly picks: readonly number[];
  /** Whether its input is what the tool asks for. */
  readonly isValid: boolean;
}

/** Most agents do their work. */
export const behaviours: fc.Arbitrary<Behaviour> = fc.record<Behaviour>({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('answers') },
    { weight: 12, arbitrary: fc.constant('calls tools') },
    {
      weight: 5,
      arbitrary: fc.constantFrom(
        'says nothing',
        'throws',
        'stops short',
        'never answers',
        'waits to be approved',
        'waits to be approved',
        'calls what it has no tool for',
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('calls tools and does not wait', 'hands out by code'),
    },
  ) as fc.Arbitrary<Behaviour['kind']>,
  delayMs: fc.oneof(fc.constant(0), fc.nat(200), fc.nat(40_000)),
  tokens: fc.nat(200),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  picks: fc.array(fc.nat(8), { minLength: 1, maxLength: 3 }),
  isValid: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
});

/** Hands work out within the running handoff, not by a tool. */
export type HandOut = (parent: string, picks: readonly number[]) => Promise<unknown>;

/** A script that behaves as it is told, call by call, and then from the beginning. */
export function behaving(plan: readonly Behaviour[], clock: Clock, handOut: HandOut): Script {
  return async (call) => {
    const behaviour = plan[(call.call - 1) % plan.length] as Behaviour;
    if (behaviour.delayMs > 0) {
      await new Promise<void>((resolve) => void clock.schedule(behaviour.delayMs, resolve));
    }
    return behave(behaviour, call, handOut);
  };
}

function behave(
  behaviour: Behaviour,
  received: AgentCall,
  handOut: HandOut,
): Promise<AgentReport> | Partial<AgentReport> {
  const { options, context } = received;
  const { kind, confidence, tokens: spent } = behaviour;
  const output = `said in ${context.taskId}`;
  const answer = report({
    output,
    confidence,
    messages: [message.assistant(output)],
    ...tokens(spent),
  });
  if (options.resumeFrom || options.approval) return answer;
  switch (kind) {
    case 'says nothing':
      return report({ output: ' ', ...tokens(spent) });
    case 'throws':
      throw new Error('out of order');
    case 'stops short':
      return report({ ...answer, status: 'incomplete' });
    case 'never answers':
      return new Promise((_, reject) => {
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      });
    case 'waits to be approved':
      return report({ status: 'awaiting-approval', output: '', ...tokens(spent) });
    case 'calls tools and does not wait':
      void callTools(received, callsOf(behaviour, received));
      return answer;
    case 'hands out by code':
      return handOut(context.handoffId, behaviour.picks).then(() => answer);
    case 'calls tools':
    case 'calls what it has no tool for':
      return turnOf(received, callsOf(behaviour, received), answer);
    default:
      return answer;
  }
}

function callsOf({ kind, picks, isValid }: Behaviour, { options }: AgentCall): readonly ToolCall[] {
  const { tools = [] } = options;
  if (kind === 'calls what it has no tool for' || tools.length === 0)
    return [['transfer_to_nobody']];
  const input = isValid ? { task: 'A part of it' } : { task: 7 };
  return picks.map((pick) => [tools[pick % tools.length]?.name ?? '', input]);
}

async function turnOf(
  received: AgentCall,
  calls: readonly ToolCall[],
  answer: AgentReport,
): Promise<AgentReport> {
  const { messages, ended } = await callTools(received, calls);
  if (ended) return { ...answer, output: '', messages };
  return { ...answer, messages: [...messages, ...(answer.messages ?? [])] };
}

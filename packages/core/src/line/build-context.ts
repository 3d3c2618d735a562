import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { validateWith } from '../agent/validate-with.ts';
import { userId } from '../context/agent-id.ts';
import { filterContext } from '../context/apply-filters.ts';
import { checkContextInput } from '../context/check-context-input.ts';
import { checkField } from '../context/check-field.ts';
import type { CreateHandoffContextOptions } from '../context/create-handoff-context.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { JsonObject } from '../context/json.ts';
import { plainObjectIn } from '../context/plain-json.ts';
import { startPlainWalk } from '../context/plain-walk.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { chainAfter } from '../policy/decide-path.ts';
import { type Ledger, remainingFor } from '../policy/ledger.ts';
import { everything, narrowScope } from '../policy/narrow-scope.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { fileFailures } from './file-findings.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';
import type { ParentHandoff } from './parent-handoff.ts';

/** What a context is made of besides its input. */
export interface ContextParts {
  readonly source: string;
  readonly target: HandoffAgent;
  readonly reason: HandoffContext['reason'];
  readonly taskId: string;
  readonly parent: ParentHandoff | undefined;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The checked and redacted context of a handoff. With a parent it takes over what is known: findings,
 * confidence, summary, snapshot and metadata, unless the input has its own; chain, scope and deadline
 * come from the parent in any case and only get narrower.
 */
export function buildContext(line: Line, input: OpenInput, parts: ContextParts): HandoffContext {
  const { parent, source, target, ledger } = parts;
  const { content } = input;
  const before = parent?.stored.context;
  const given = content.handoffChain ?? [];
  const handoffChain =
    input.replayOf !== undefined || isChainFromElsewhere(source, given, input, parent)
      ? given
      : chainAfter(before?.handoffChain ?? [], source);
  if (input.whole && !(Array.isArray(given) && sameList(given, handoffChain))) {
    throw new HandoffError(
      'INVALID_CONTEXT',
      `handoffChain is [${[given].flat().join(', ')}], but the agents that held the task are [${handoffChain.join(', ')}]. Name the parents of the handoff and leave the chain to the manager.`,
      { details: { path: 'handoffChain', expected: handoffChain } },
    );
  }
  const asked = checkField(content.scope, isListOrAbsent, 'scope', 'a list of names');
  const scope = narrowScope(parent?.scope ?? everything, asked);
  const inherited = input.whole ? {} : inherit(parent, content);
  const findings = together('findings', inherited.findings, content.findings);
  // A whole context is compared with what is stored, and a replay asks again what was asked.
  const asIs = input.whole || input.replayOf !== undefined;
  // What else is made into a context was checked where it came in.
  if (input.whole) checkContextInput(content);
  return filterContext(
    {
      ...content,
      confidence: either(content.confidence, inherited.confidence),
      conversationSummary: either(content.conversationSummary, inherited.conversationSummary),
      keyMessages: either(content.keyMessages, inherited.keyMessages),
      stateSnapshot: either(content.stateSnapshot, inherited.stateSnapshot),
      findings: input.failures ? fileFailures(findings, input.failures) : findings,
      metadata: together('metadata', inherited.metadata, content.metadata),
      createdAt: content.createdAt ?? toTimestamp(parts.now),
      sourceAgentId: source,
      targetAgentId: target.id,
      reason: parts.reason,
      taskId: parts.taskId,
      handoffId: input.handoffId,
      parentIds: input.parentIds,
      handoffChain,
      remaining: remainingFor(ledger, input.share),
      scope: narrowScope(scope, target.scope),
      deadlineAt: earlier(before?.deadlineAt, content.deadlineAt),
      traceparent: content.traceparent ?? before?.traceparent,
    },
    asIs ? [] : line.filters,
    { redact: line.redact, summarize: line.summarize },
  );
}

/** What is given, `null` too: that is refused later. */
const either = <Value>(own: Value | undefined, known: Value | undefined): Value | undefined =>
  own === undefined ? known : own;

/**
 * Whether a context from another process brings the chain of the task as it is there, up to its own
 * source: this manager can't compute it, and believing it can only make the path shorter.
 */
function isChainFromElsewhere(
  source: string,
  chain: readonly string[],
  { whole, origin }: OpenInput,
  parent: ParentHandoff | undefined,
): boolean {
  if (!whole || origin === 'own' || parent !== undefined || !Array.isArray(chain)) return false;
  return source === userId || chain.at(-1) === source;
}

/** What is known and what is new; the new is checked before the two can't be told apart. */
function together(
  path: string,
  known: JsonObject | undefined,
  own: JsonObject | undefined,
): JsonObject | undefined {
  if (known === undefined || own === undefined) return own ?? known;
  return { ...known, ...plainObjectIn(startPlainWalk(), own, path) };
}

function inherit(
  parent: ParentHandoff | undefined,
  content: OpenInput['content'],
): Partial<CreateHandoffContextOptions> {
  if (parent === undefined) return {};
  const { context } = parent.stored;
  const known = {
    findings: parent.outcome?.findings ?? context.findings,
    metadata: context.metadata,
  };
  if (content.state !== undefined) return known;
  return {
    ...known,
    confidence: parent.outcome?.confidence ?? context.confidence,
    conversationSummary: context.conversationSummary,
    keyMessages: context.keyMessages,
    stateSnapshot: context.stateSnapshot,
  };
}

/**
 * The input with its payload as the target's schema makes it.
 *
 * @throws HandoffError `INVALID_PAYLOAD` with every problem the schema found.
 */
export async function checkPayload(target: HandoffAgent, input: OpenInput): Promise<OpenInput> {
  if (target.payloadSchema === undefined) return input;
  const validated = await validateWith(target.payloadSchema, input.content.payload);
  if ('value' in validated) {
    return { ...input, content: { ...input.content, payload: validated.value } };
  }
  throw new HandoffError(
    'INVALID_PAYLOAD',
    `The payload for "${target.id}" doesn't satisfy its payloadSchema: ${validated.problems.join('; ')}`,
    { details: { target: target.id, problems: validated.problems } },
  );
}

const isListOrAbsent = (value: unknown): value is readonly string[] | undefined =>
  value === undefined || Array.isArray(value);

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (b === undefined) return a;
  // Refused later.
  if (typeof b !== 'string') return b;
  // Nothing is before no time.
  return Date.parse(a as string) < Date.parse(b) ? a : b;
}

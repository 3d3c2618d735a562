import * as z from 'zod';
import { HandoffError } from '../errors/handoff-error.ts';
import { type Clock, systemClock, toTimestamp } from '../runtime/clock.ts';
import { type IdSource, randomIds } from '../runtime/id-source.ts';
import { isAgentId, isSourceId } from './agent-id.ts';
import { type AgentState, snapshotState } from './agent-state.ts';
import { checkContextInput, readOptions } from './check-context-input.ts';
import { checkField, checkList, checkRemaining, invalidField } from './check-field.ts';
import { defaultRemaining } from './default-remaining.ts';
import type { HandoffContext, Remaining } from './handoff-context.ts';
import { type HandoffReason, isHandoffReason } from './handoff-reason.ts';
import { isIdentifier } from './identifier.ts';
import type { JsonObject } from './json.ts';
import type { Message } from './message.ts';
import { messageSchema } from './message-schema.ts';
import { invalidContext } from './parse-handoff-context.ts';
import { plainCopyIn, plainObjectIn, plainTextIn, type Redactor } from './plain-json.ts';
import { type PlainWalk, plainJsonLimits, startPlainWalk } from './plain-walk.ts';
import { defaultRedactor } from './redact.ts';
import { selectKeyMessages } from './select-key-messages.ts';
import { type Summarize, summarizeConversation } from './summarize-conversation.ts';
import { isTimestamp } from './timestamp.ts';
import { isTraceparent } from './traceparent.ts';

/** What {@link createHandoffContext} takes: three fields are needed, all others have a default. */
export interface CreateHandoffContextOptions {
  readonly sourceAgentId: string;
  readonly targetAgentId: string;
  /** What is to be done; not blank. */
  readonly originalTask: string;
  /** Fills `conversationSummary`, `stateSnapshot` and `confidence` where these are absent. */
  readonly state?: AgentState | undefined;
  /** Also hands on the last messages of `state`, at most so many; true is five. Default false. */
  readonly keepMessages?: boolean | number | undefined;
  /** Default: drawn from `ids`. */
  readonly handoffId?: string | undefined;
  /** Default: drawn from `ids`, a new task. */
  readonly taskId?: string | undefined;
  /** Default: none. */
  readonly parentIds?: readonly string[] | undefined;
  /** Default `specialization`. */
  readonly reason?: HandoffReason | undefined;
  readonly conversationSummary?: string | undefined;
  /** Default: none. */
  readonly keyMessages?: readonly Message[] | undefined;
  readonly progressSummary?: string | undefined;
  /** Default: empty. */
  readonly stateSnapshot?: JsonObject | undefined;
  /** Default: empty. */
  readonly findings?: JsonObject | undefined;
  /** Any plain JSON. */
  readonly payload?: unknown;
  /** From 0 to 1; default 0. */
  readonly confidence?: number | undefined;
  readonly instructions?: string | undefined;
  /** Default: empty. */
  readonly handoffChain?: readonly string[] | undefined;
  /** Default: 25 handoffs and 1,000,000 tokens. */
  readonly remaining?: Remaining | undefined;
  /** RFC 3339 UTC; may be in the past, and then the handoff fails as overdue. */
  readonly deadlineAt?: string | undefined;
  /** Default `['*']`, everything. */
  readonly scope?: readonly string[] | undefined;
  /** RFC 3339 UTC; default now. */
  readonly createdAt?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Default: empty. */
  readonly metadata?: JsonObject | undefined;
  readonly version?: 1 | undefined;
}

/** Where {@link createHandoffContext} gets what is not in its options. */
export interface ContextEnvironment {
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Default: random UUIDs. */
  readonly ids?: IdSource;
  /** Default: `createRedactor()`. */
  readonly redact?: Redactor;
  /** Writes the summary of `state`; default `summarizeConversation`. */
  readonly summarize?: Summarize;
}

/** What the fixed keys, ids and times of a context take at most of the size that is read back. */
const reserve = { characters: 2_048, nodes: 64 };

const messagesSchema = z.array(messageSchema);

/**
 * A context with everything checked, copied and redacted: it shares no object with `options`, and the
 * keys of every object in it are in order. Blank summaries and instructions count as absent.
 *
 * @throws HandoffError `INVALID_CONTEXT` with the path of the first field that is wrong.
 */
export function createHandoffContext(
  options: CreateHandoffContextOptions,
  environment: ContextEnvironment = {},
): HandoffContext {
  checkContextInput(options, environment);
  return makeContext(options, environment);
}

/** {@link createHandoffContext} of options whose names are known to be right. */
export function makeContext(
  options: CreateHandoffContextOptions,
  environment: ContextEnvironment,
): HandoffContext {
  const given = readOptions(options);
  const { clock = systemClock, ids = randomIds, redact = defaultRedactor } = environment;
  if (given.version !== undefined && given.version !== 1) {
    throw new HandoffError('UNSUPPORTED_VERSION', 'version is not 1. Leave it out.');
  }
  const known = given.state === undefined ? {} : readState(given.state, given, environment);
  const {
    confidence = known.confidence ?? 0,
    conversationSummary: summary = known.summary,
    createdAt,
    deadlineAt,
    findings = {},
    handoffId = ids('handoff'),
    keyMessages = known.messages ?? [],
    metadata = {},
    payload,
    reason = 'specialization',
    remaining = defaultRemaining,
    scope = ['*'],
    stateSnapshot = known.snapshot ?? {},
    taskId = ids('task'),
    traceparent,
  } = given;
  const walk = startPlainWalk({
    redact,
    maxCharacters: plainJsonLimits.maxCharacters - reserve.characters,
    maxNodes: plainJsonLimits.maxNodes - reserve.nodes,
  });
  const conversationSummary = optionalText(walk, summary, 'conversationSummary');
  const progressSummary = optionalText(walk, given.progressSummary, 'progressSummary');
  const instructions = optionalText(walk, given.instructions, 'instructions');
  if (typeof given.originalTask !== 'string') {
    throw invalidField('originalTask', 'is not a string', aTask);
  }
  const originalTask = plainTextIn(walk, given.originalTask, 'originalTask');
  if (originalTask.trim() === '') throw invalidField('originalTask', 'is blank', aTask);

  // In alphabetical order, so that JSON.stringify writes the canonical form. Adding 0 makes -0 0.
  const context = {
    confidence: checkField(confidence, isFraction, 'confidence', aFraction) + 0,
  } as Writable<HandoffContext>;
  if (conversationSummary !== undefined) context.conversationSummary = conversationSummary;
  context.createdAt =
    createdAt === undefined
      ? toTimestamp(clock.now())
      : checkField(createdAt, isTimestamp, 'createdAt', aTime);
  if (deadlineAt !== undefined) {
    context.deadlineAt = checkField(deadlineAt, isTimestamp, 'deadlineAt', aTime);
  }
  context.findings = plainObjectIn(walk, findings, 'findings', 1);
  context.handoffChain = checkList(walk, given.handoffChain, 'handoffChain', isAgentId, anAgent);
  context.handoffId = checkField(handoffId, isIdentifier, 'handoffId', anId);
  if (instructions !== undefined) context.instructions = instructions;
  context.keyMessages = checkMessages(walk, keyMessages);
  context.metadata = plainObjectIn(walk, metadata, 'metadata', 1);
  context.originalTask = originalTask;
  context.parentIds = checkList(walk, given.parentIds, 'parentIds', isIdentifier, anId);
  if (payload !== undefined) context.payload = plainCopyIn(walk, payload, 'payload', 1);
  if (progressSummary !== undefined) context.progressSummary = progressSummary;
  context.reason = checkField(reason, isHandoffReason, 'reason', aReason);
  context.remaining = checkRemaining(remaining);
  context.scope = checkList(walk, scope, 'scope', isScope, aScope);
  context.sourceAgentId = checkField(given.sourceAgentId, isSourceId, 'sourceAgentId', aSource);
  context.stateSnapshot = plainObjectIn(walk, stateSnapshot, 'stateSnapshot', 1);
  context.targetAgentId = checkField(given.targetAgentId, isAgentId, 'targetAgentId', anAgent);
  context.taskId = checkField(taskId, isIdentifier, 'taskId', anId);
  if (traceparent !== undefined) {
    context.traceparent = checkField(traceparent, isTraceparent, 'traceparent', aTrace);
  }
  context.version = 1;
  return context;
}

const aFraction = 'a number from 0 to 1';
const anId = 'an id of letters, digits and . _ : -, at most 128 characters';
const anAgent = 'the id of an agent ([A-Za-z0-9][A-Za-z0-9_-]{0,50}, not user)';
const aReason = 'a reason of handoffReasons';
const aScope = 'a name that is not empty';
const aSource = 'the id of an agent ([A-Za-z0-9][A-Za-z0-9_-]{0,50}) or user';
const aTask = 'text that says what is to be done: the task of a handoff, or the input of a run';
const aTime = 'a time in UTC such as 2026-11-24T09:30:00Z (RFC 3339)';
const aTrace = 'a traceparent of W3C Trace Context';

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const isFraction = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 1;

const isScope = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What a state fills, where the options leave it open. */
function readState(
  state: AgentState,
  { keepMessages, conversationSummary }: CreateHandoffContextOptions,
  {
    redact = defaultRedactor,
    summarize = (messages) => summarizeConversation(messages, { redact }),
  }: ContextEnvironment,
): { summary?: string; snapshot?: JsonObject; confidence?: number; messages?: readonly Message[] } {
  try {
    return {
      ...(conversationSummary === undefined ? { summary: summarize(state.messages) } : {}),
      snapshot: snapshotState(state),
      confidence: state.confidence,
      ...(keepMessages === undefined || keepMessages === false
        ? {}
        : { messages: selectKeyMessages(state, keepMessages === true ? 5 : keepMessages) }),
    };
  } catch (thrown) {
    throw invalidState(thrown);
  }
}

/** What to say where a state can't be read, or its summary not written. */
export function invalidState(thrown: unknown): HandoffError {
  const advice = 'state is not an AgentState, or its summary failed; see createAgentState';
  return HandoffError.from(thrown, 'INVALID_CONTEXT', advice);
}

function optionalText(walk: PlainWalk, value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  const text = plainTextIn(walk, value, path);
  return text.trim() === '' ? undefined : text;
}

function checkMessages(walk: PlainWalk, given: readonly Message[]): readonly Message[] {
  const copied = plainCopyIn(walk, given, 'keyMessages', 1);
  if (Array.isArray(copied) && copied.length === 0) return [];
  const parsed = messagesSchema.safeParse(copied);
  if (parsed.success) return parsed.data;
  throw invalidContext(parsed.error.issues, 'keyMessages');
}

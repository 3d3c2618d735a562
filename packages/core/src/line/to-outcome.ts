import type { AgentReport, TransferRequest } from '../agent/agent-report.ts';
import { addUsage, noUsage, type Usage } from '../agent/usage.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { Json, JsonObject } from '../context/json.ts';
import { message } from '../context/message.ts';
import { plainCopy, plainCopyIn, plainTextIn } from '../context/plain-json.ts';
import { type PlainWalk, startPlainWalk } from '../context/plain-walk.ts';
import { HandoffError, type HandoffErrorJson } from '../errors/handoff-error.ts';
import type { Attempt } from '../execution/run-attempt.ts';
import type { Deny, RequireApproval } from '../policy/decision.ts';
import { checkReport, usageIn } from './check-report.ts';
import type { EarlierAttempt } from './claim.ts';
import { fileFindings } from './file-findings.ts';
import type { Line } from './line.ts';
import { type Delegation, type Outcome, unfinished } from './outcome.ts';
import { priced, pricedIfPossible } from './priced-usage.ts';
import { unfinishedReport } from './unfinished-report.ts';

/** Characters of an error's message that always fit beside what a context may hold. */
const maxCutMessage = 1_000;

/** What became of the handoff tools while an agent ran. */
export interface Routed {
  /** Accepted, so the turn is over; with the text that the tool answered. */
  readonly transfer?: { readonly request: TransferRequest; readonly answer: string };
  /** Work that it gave out and that waits for a decision. */
  readonly waitsFor: readonly Delegation[];
  /** Why it was stopped: it kept asking for what was refused. */
  readonly stopped?: HandoffError;
}

/**
 * What is recorded of an attempt: checked, redacted, plain JSON with its keys in order; with what an
 * earlier attempt, which it continues, had added and consumed.
 */
export function toOutcome(
  line: Line,
  context: HandoffContext,
  { report, error }: Attempt,
  { transfer, waitsFor, stopped: refused }: Routed,
  earlier: EarlierAttempt | undefined,
): Outcome {
  const { targetAgentId: agentId } = context;
  const inAll = (usage: Usage): Usage => addUsage(earlier?.usage ?? noUsage, usage);
  if (error) {
    const used = pricedIfPossible(line, agentId, usageIn(error.details.usage));
    return errorOutcome(line, context, error, inAll(used));
  }
  let usage = inAll(noUsage);
  try {
    checkReport(agentId, report);
    usage = inAll(report.usage ?? noUsage);
    usage = inAll(priced(line, agentId, report.usage ?? noUsage));
    const whole = withTransfer(withEarlier(report, earlier), transfer);
    const stopped = refused ?? unfinishedReport(agentId, whole, waitsFor);
    if (!stopped) return redacted(line, completed(line, context, whole, usage));
    const failed = errorOutcome(line, context, stopped, usage);
    if (failed.status !== 'awaiting-approval') return failed;
    return redacted(line, {
      ...failed,
      messages: whole.messages ?? [],
      ...(waitsFor.length === 0 ? {} : { waitsFor }),
    });
  } catch (thrown) {
    return errorOutcome(line, context, invalidOutput(agentId, thrown), usage);
  }
}

function withEarlier(report: AgentReport, earlier: EarlierAttempt | undefined): AgentReport {
  if (!earlier || earlier.messages.length === 0) return report;
  const { messages = [], output } = report;
  // Beside messages an answer counts only as one of them.
  const added = messages.length > 0 || output === '' ? messages : [message.assistant(output)];
  return { ...report, messages: [...earlier.messages, ...added] };
}

/** The answer of a tool that moved the conversation is not the agent's. */
function withTransfer(report: AgentReport, accepted: Routed['transfer']): AgentReport {
  if (!accepted || report.status === 'awaiting-approval') return report;
  return {
    ...report,
    status: 'completed',
    output: report.output === accepted.answer ? '' : report.output,
    transfer: accepted.request,
  };
}

/** What an agent may leave out of a report. */
type Optional = 'custody' | 'data' | 'handoffs' | 'origin' | 'transfer';

/** An outcome before it is copied: a field that is undefined is as one that is absent. */
type Uncopied = Omit<Outcome, Optional> & {
  readonly [Key in Optional]?: Outcome[Key] | undefined;
};

function completed(
  line: Line,
  context: HandoffContext,
  report: AgentReport,
  usage: Usage,
): Uncopied {
  const { output, data, custody, handoffs, messages = [], origin, transfer } = report;
  const says = output.trim() !== '' || data !== undefined;
  const confidence =
    report.confidence ??
    (says ? line.estimateConfidence(output, context.confidence) : context.confidence);
  if (!(typeof confidence === 'number' && confidence >= 0 && confidence <= 1)) {
    throw new TypeError(`its confidence is ${confidence}, which is not a number from 0 to 1`);
  }
  return {
    confidence,
    custody,
    data: data as JsonObject | undefined,
    findings: fileFindings(context.findings, context.targetAgentId, report.findings, output),
    handoffs,
    messages,
    origin,
    output,
    status: 'completed',
    transfer,
    usage,
  };
}

/** The outcome of a handoff that an error ended: redacted, and recorded whatever is in the error. */
export function errorOutcome(
  line: Line,
  context: HandoffContext,
  error: HandoffError,
  usage: Usage = noUsage,
): Outcome {
  const { details: _, ...json } = error.toJSON();
  const message = json.message.toWellFormed();
  try {
    const told = { ...json, message, details: plainDetails(error) };
    return redacted(line, unfinished(context, told, usage));
  } catch {
    // Too large beside the findings; a failure is recorded all the same.
    const cut = message.slice(0, maxCutMessage).toWellFormed();
    const told = { ...json, message: cut, details: { detailsLost: 'too large to be recorded' } };
    return redacted(line, unfinished(context, told, usage));
  }
}

/** The outcome of a handoff that a rule refuses, with what making its context took. */
export function refusedOutcome(
  line: Line,
  context: HandoffContext,
  { code, message, details }: Deny,
  spent: Usage | undefined,
): Outcome {
  return errorOutcome(line, context, new HandoffError(code, message, { details }), spent);
}

/** The outcome of a handoff that a policy wants decided first, with what making its context took. */
export function awaitingOutcome(
  line: Line,
  context: HandoffContext,
  { message, details }: RequireApproval,
  spent: Usage | undefined,
): Outcome {
  const error = new HandoffError(
    'AWAITING_APPROVAL',
    `${message}${/[.!?]$/.test(message) ? '' : '.'} Approve or deny "${context.handoffId}" by resume.`,
    { details: { ...details, handoffId: context.handoffId } },
  );
  return errorOutcome(line, context, error, spent);
}

/** An error's details may hold anything; what isn't plain JSON is told as that. */
function plainDetails({ details }: HandoffError): JsonObject {
  try {
    return plainCopy(details, { path: 'details' }) as JsonObject;
  } catch (thrown) {
    return { detailsLost: HandoffError.from(thrown).message };
  }
}

/** The content redacted; what the manager itself goes by is not content, whatever its key. */
function redacted(line: Line, outcome: Uncopied): Outcome {
  const { confidence, data, error, findings, messages, output, status, transfer, usage } = outcome;
  const { handoffs, origin, waitsFor } = outcome;
  const walk = startPlainWalk({ redact: line.redact });
  const copy = (value: unknown, path: string): Json => plainCopyIn(walk, value, path, 1);
  // Adding 0 turns -0 into 0.
  const plain = { confidence: confidence + 0 } as {
    -readonly [Key in keyof Outcome]: Outcome[Key];
  };
  if (outcome.custody !== undefined) {
    plain.custody = plainCopy(outcome.custody, { path: 'custody' }) as never;
  }
  if (data !== undefined) plain.data = copy(data, 'data');
  if (error !== undefined) plain.error = redactedError(walk, error);
  plain.findings = copy(findings, 'findings') as JsonObject;
  if (handoffs !== undefined) plain.handoffs = handoffs;
  if (messages !== undefined) plain.messages = copy(messages, 'messages') as never;
  if (origin !== undefined) plain.origin = origin;
  if (output !== undefined) plain.output = plainTextIn(walk, output, 'output');
  plain.status = status;
  if (transfer !== undefined) plain.transfer = copy(transfer, 'transfer') as never;
  plain.usage = usage;
  if (waitsFor !== undefined) plain.waitsFor = plainCopy(waitsFor, { path: 'waitsFor' }) as never;
  return plain;
}

function redactedError(
  walk: PlainWalk,
  { code, details, message, retryable }: HandoffErrorJson,
): HandoffErrorJson {
  return {
    code,
    details: plainCopyIn(walk, details, 'error.details', 2) as JsonObject,
    message: plainTextIn(walk, message, 'error.message'),
    retryable,
  };
}

function invalidOutput(agentId: string, thrown: unknown): HandoffError {
  if (HandoffError.isInstance(thrown) && thrown.code === 'INVALID_OUTPUT') return thrown;
  const { message, details } = HandoffError.from(thrown);
  return new HandoffError(
    'INVALID_OUTPUT',
    `The report of agent "${agentId}" can't be recorded: ${message}`,
    { details: { ...details, agentId }, cause: thrown },
  );
}

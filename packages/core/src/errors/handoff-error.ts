import { type ErrorCode, errorCodes } from './error-code.ts';

/** Plain JSON, as far as an error needs to know it. */
type Details = Readonly<Record<string, unknown>>;

/** A {@link HandoffError} as plain JSON: what results, records and HTTP answers carry. */
export interface HandoffErrorJson<Code extends ErrorCode = ErrorCode> {
  readonly code: Code;
  /** What happened, to which ids, and what to do. */
  readonly message: string;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
  /** The facts behind the message, by name. */
  readonly details: Details;
}

const brand = Symbol.for('agent-handoff.HandoffError');

/**
 * The one error class of agent-handoff. `code` says which of the closed list of failures it is; see
 * `errorCodes` for what each one means.
 */
export class HandoffError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly retryable: boolean;
  readonly details: Details;

  constructor(
    code: Code,
    message: string,
    options: { details?: Details; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HandoffError';
    this.code = code;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for a `HandoffError` of any copy of this package, where `instanceof` sees only its own. */
  static isInstance(value: unknown): value is HandoffError {
    return value instanceof Error && (value as { [brand]?: unknown })[brand] === true;
  }

  /** The error itself where it is one already; anything else that was thrown under `code`. */
  static from(thrown: unknown, code: ErrorCode = 'AGENT_FAILED', context = ''): HandoffError {
    if (HandoffError.isInstance(thrown)) return thrown;
    const text = describeThrown(thrown);
    return new HandoffError(code, context === '' ? text : `${context}: ${text}`, { cause: thrown });
  }

  /** The error that a result carries, as an error. */
  static fromJSON({ code, message, retryable, details }: HandoffErrorJson): HandoffError {
    return new HandoffError(code, message, { retryable, details });
  }

  toJSON(): HandoffErrorJson<Code> {
    return {
      code: this.code,
      details: this.details,
      message: this.message,
      retryable: this.retryable,
    };
  }
}

/** One line for anything a program can throw, even a value whose own conversion throws. */
function describeThrown(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return thrown.message || thrown.name;
    return typeof thrown === 'string' ? thrown : `threw ${String(thrown)}`;
  } catch {
    return 'threw a value that cannot be converted to a string';
  }
}

import type { ErrorCodeOf } from '../errors/error-code.ts';

/** Permitted. */
export interface Permit {
  readonly kind: 'permit';
}

/** Refused: why, in words for a person, under the code that the result will carry. */
export interface Deny {
  readonly kind: 'deny';
  readonly code: ErrorCodeOf<'rejected'>;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** To be decided by somebody else, usually a person: the handoff is recorded and waits. */
export interface RequireApproval {
  readonly kind: 'require-approval';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a rule says of a handoff. A refusal is a value; errors are faults. */
export type Decision = Permit | Deny | RequireApproval;

/** The one permit. */
export const permit: Permit = { kind: 'permit' };

/** A refusal. */
export function deny(code: Deny['code'], message: string, details: Deny['details'] = {}): Deny {
  return { kind: 'deny', code, message, details };
}

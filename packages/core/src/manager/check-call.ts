import { checkOptions, type OptionNames } from '../errors/check-options.ts';
import type { ExecuteOptions, RequestOptions, RunOptions } from './handoff-input.ts';

const requestOptions = {
  idempotencyKey: true,
  principal: true,
  limits: true,
  origin: true,
  findingOrigins: true,
} satisfies Record<keyof RequestOptions, true>;

const runOptions = {
  ...requestOptions,
  signal: true,
  timeoutMs: true,
} satisfies Record<keyof RunOptions, true>;

const executeOptions = {
  ...runOptions,
  onHandoffId: true,
} satisfies Record<keyof ExecuteOptions, true>;

/** The options of the manager's methods that hand on. */
const optionsOf = {
  chainHandoff: runOptions,
  createHandoff: requestOptions,
  escalateHandoff: runOptions,
  executeHandoff: executeOptions,
  failoverHandoff: runOptions,
  parallelHandoff: runOptions,
  preflight: requestOptions,
  returnHandoff: runOptions,
  run: runOptions,
  streamHandoff: runOptions,
  streamRun: runOptions,
  submitHandoff: runOptions,
} satisfies Record<string, OptionNames>;

/** A method of the manager that hands on. */
export type HandoffMethod = keyof typeof optionsOf;

/**
 * Refuses an option that the method doesn't have.
 *
 * @throws HandoffError `INVALID_CONFIGURATION`.
 */
export function checkCall(method: HandoffMethod, options: unknown): void {
  checkOptions(method, options, optionsOf[method]);
}

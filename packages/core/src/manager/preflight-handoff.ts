import type { ErrorCodeOf } from '../errors/error-code.ts';
import { HandoffError, type HandoffErrorJson } from '../errors/handoff-error.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import { previewHandoff } from '../line/open-handoff.ts';
import type { OpenInput } from '../line/open-input.ts';
import { refusal } from './engine-run.ts';

/** What would become of a handoff, and for what reason. Plain JSON. */
export type PreflightAnswer =
  | { readonly status: 'permitted' }
  | { readonly status: 'rejected'; readonly error: HandoffErrorJson<ErrorCodeOf<'rejected'>> }
  | {
      readonly status: 'awaiting-approval';
      readonly error: HandoffErrorJson<ErrorCodeOf<'awaiting-approval'>>;
    };

/**
 * Asks every rule about a handoff, without a trace.
 *
 * @throws HandoffError `STORE_FAILED`.
 */
export async function preflightHandoff(line: Line, open: OpenInput): Promise<PreflightAnswer> {
  const result = await resultOfPreview(line, open);
  if (result?.status === 'rejected' || result?.status === 'awaiting-approval') {
    const { status, error } = result;
    return { status, error } as PreflightAnswer;
  }
  if (result) throw HandoffError.fromJSON(result.error as HandoffErrorJson);
  return { status: 'permitted' };
}

async function resultOfPreview(line: Line, open: OpenInput): Promise<HandoffResult | undefined> {
  try {
    const opened = await previewHandoff(line, open);
    return opened.kind === 'settled' ? opened.result : undefined;
  } catch (thrown) {
    return refusal(open, thrown);
  }
}

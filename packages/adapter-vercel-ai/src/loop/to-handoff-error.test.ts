import { HandoffError } from '@agent-handoff/core/adapter';
import { describe, expect, test } from 'vitest';
import { toHandoffError } from './to-handoff-error.ts';

describe('toHandoffError', () => {
  test('takes the judgement of the AI SDK where it rests on a status', () => {
    const refused = { message: 'No.', statusCode: 403, isRetryable: false };
    expect(toHandoffError(refused, { modelId: 'm' })).toMatchObject({
      message: 'The model "m" failed with HTTP 403: No.',
      retryable: false,
      details: { statusCode: 403 },
    });
    // An error event inside a stream that has no status isn't judged, only unknown.
    expect(
      toHandoffError({ message: 'Overloaded', isRetryable: false }, { modelId: 'm' }).retryable,
    ).toBe(true);
    expect(toHandoffError({ message: 'Gone', isRetryable: true }, { modelId: 'm' }).retryable).toBe(
      true,
    );
  });

  test('is a sentence for whatever was thrown', () => {
    for (const [thrown, said] of [
      ['Overloaded', 'Overloaded'],
      [new TypeError('terminated'), 'terminated'],
      [undefined, 'it gave no reason'],
      [{ message: '' }, 'it gave no reason'],
      [{ error: 1 }, 'it gave no reason'],
    ] as const) {
      expect(toHandoffError(thrown, { modelId: 'm' }).message).toBe(
        `The model "m" failed: ${said}`,
      );
    }
  });

  test('leaves a HandoffError as it is', () => {
    const error = new HandoffError('INVALID_CONTEXT', 'x');
    expect(toHandoffError(error, { modelId: 'm' })).toBe(error);
  });
});

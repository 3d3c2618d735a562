import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import type { Json } from '../context/json.ts';
import type { HandoffError } from '../errors/handoff-error.ts';

/** What becomes of a call of a tool with an input: what the target got, or the error. */
async function called(verb: 'transfer' | 'delegate', input: unknown, declared: object = {}) {
  const name = `${verb}_to_billing`;
  let error: HandoffError | undefined;
  const triage = scriptedAgent(
    'triage',
    async ({ options }) => {
      const tool = options.tools?.find((offered) => offered.name === name);
      const signal = new AbortController().signal;
      try {
        await tool?.execute(input as Json, { toolCallId: 'c', signal });
      } catch (thrown) {
        error = thrown as HandoffError;
      }
      return 'Done.';
    },
    { canTransferTo: ['billing'], canDelegateTo: ['billing'] },
  );
  const billing = scriptedAgent('billing', 'Refunded.', declared);
  const { manager } = managed({ agents: [triage, billing] });
  await manager.run({ entry: 'triage', input: 'Hello' });
  return { error, context: billing.calls[0]?.context };
}

describe('the input of a handoff tool', () => {
  it.each<[string, unknown, string]>([
    ['text', 'Refund it', 'pass an object'],
    ['null', null, 'pass an object'],
    ['a list', [{ task: 'x' }], 'pass an object'],
    ['a number', 7, 'pass an object'],
    ['a task that is no text', { task: 7 }, 'task is not a string'],
    [
      'instructions that are no text',
      { task: 'x', instructions: ['Be brief.'] },
      'instructions is not a string',
    ],
    ['no task', {}, 'task is missing: say what is to be done'],
    ['a task of null', { task: null }, 'task is missing: say what is to be done'],
    ['a blank task', { task: ' \n' }, 'task is missing: say what is to be done'],
  ])('is refused where it is %s, so that the model can call again', async (_, input, problem) => {
    const { error, context } = await called('delegate', input);
    expect(error?.toJSON()).toEqual({
      code: 'INVALID_PAYLOAD',
      message: `The input of delegate_to_billing is invalid: ${problem}.`,
      retryable: false,
      details: { tool: 'delegate_to_billing', problem },
    });
    expect(context).toBeUndefined();
  });

  it('may leave out what it does not need, also by null or a blank text', async () => {
    for (const nothing of [undefined, null, ' ']) {
      const input = {
        task: nothing,
        instructions: nothing,
        payload: nothing === ' ' ? null : nothing,
      };
      const { error, context } = await called('transfer', input);
      expect(error).toBeUndefined();
      expect(context).toMatchObject({ originalTask: 'Hello' });
      expect(context).not.toHaveProperty('instructions');
      expect(context).not.toHaveProperty('payload');
    }
  });

  it('goes to the target with a payload as its schema wants it', async () => {
    const payloadSchema = z.object({ invoice: z.number() }).optional();
    const input = { task: 'Sum it up', instructions: 'In euros', payload: { invoice: 7 } };
    expect((await called('delegate', input, { payloadSchema })).context).toMatchObject({
      originalTask: 'Sum it up',
      instructions: 'In euros',
      payload: { invoice: 7 },
    });
    for (const payload of [undefined, null]) {
      const { error, context } = await called(
        'delegate',
        { task: 'x', payload },
        { payloadSchema },
      );
      expect(error).toBeUndefined();
      expect(context).not.toHaveProperty('payload');
    }
  });
});

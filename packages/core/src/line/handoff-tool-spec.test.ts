import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import type { HandoffTool } from '../agent/handoff-tool.ts';

const all = { canTransferTo: ['billing'], canDelegateTo: ['billing'], canEscalateTo: ['billing'] };

/** The tools that an agent with these paths gets in a run. */
async function toolsOf(
  paths: object,
  declared: object = {},
): Promise<readonly Omit<HandoffTool, 'execute'>[]> {
  const triage = scriptedAgent('triage', 'done', paths);
  const billing = scriptedAgent('billing', 'done', declared);
  const { manager } = managed({ agents: [triage, billing, scriptedAgent('legal')] });
  await manager.run({ entry: 'triage', input: 'Hello' });
  const tools = triage.calls[0]?.options.tools ?? [];
  return tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
}

const taskOf = (description: string) => ({ type: 'string', description });
const instructions = taskOf('How it is to be done, where that matters.');
const next = taskOf('What is to be done next, in your own words.');

describe('the tools of an agent', () => {
  it('are one for each path and verb, and tell a model what comes of them', async () => {
    const moving = {
      type: 'object',
      properties: { task: next, instructions },
      additionalProperties: false,
    };
    expect(await toolsOf(all, { name: 'Billing' })).toStrictEqual([
      {
        name: 'transfer_to_billing',
        description:
          'Hand the conversation over to Billing. It takes over from here; you will not speak again.',
        inputSchema: moving,
      },
      {
        name: 'delegate_to_billing',
        description: 'Give a piece of work to Billing. You get its answer and carry on.',
        inputSchema: {
          type: 'object',
          properties: {
            task: taskOf('The work, in your own words, with all that is needed to do it.'),
            instructions,
          },
          required: ['task'],
          additionalProperties: false,
        },
      },
      {
        name: 'escalate_to_billing',
        description:
          'Raise the conversation to a higher authority: Billing. It takes over from here; you will not speak again.',
        inputSchema: moving,
      },
    ]);
    expect(await toolsOf({})).toEqual([]);
    expect((await toolsOf({ canTransferTo: ['legal'] })).map(({ name }) => name)).toEqual([
      'transfer_to_legal',
    ]);
  });

  it('go by the reason of their verb', async () => {
    for (const [verb, reason] of [
      ['transfer', 'specialization'],
      ['delegate', 'delegation'],
      ['escalate', 'escalation'],
    ] as const) {
      const triage = scriptedAgent('triage', calling([[`${verb}_to_billing`, { task: 'x' }]]), all);
      const billing = scriptedAgent('billing');
      const { manager } = managed({ agents: [triage, billing] });
      await manager.run({ entry: 'triage', input: 'Hello' });
      expect(billing.calls[0]?.context.reason).toBe(reason);
    }
  });

  it('say what their target is for, and take its payload', async () => {
    const payloadSchema = z.object({ amount: z.number() });
    const declared = { payloadSchema, description: 'Pays' };
    const [transfer, delegate] = await toolsOf(all, declared);
    expect(transfer?.description).toContain('Hand the conversation over to billing (Pays). It');
    const payload = {
      type: 'object',
      properties: { amount: { type: 'number' } },
      required: ['amount'],
    };
    expect(transfer?.inputSchema).toEqual({
      type: 'object',
      properties: { task: next, instructions, payload },
      required: ['payload'],
      additionalProperties: false,
    });
    expect(delegate?.inputSchema).toMatchObject({ required: ['task', 'payload'] });
  });

  it('have the definitions of a payload at their root, where its references lead', async () => {
    const place = z.object({ city: z.string() }).meta({ id: 'Place' });
    const paths = { canTransferTo: ['billing'] };
    const trip = z.object({ from: place, to: place });
    const [shared] = await toolsOf(paths, { payloadSchema: trip });
    const placed = { $ref: '#/$defs/Place' };
    expect(shared?.inputSchema).toMatchObject({
      properties: { payload: { properties: { from: placed, to: placed } } },
      $defs: { Place: { properties: { city: { type: 'string' } } } },
    });
    expect(shared?.inputSchema.properties).not.toHaveProperty('payload.$defs');

    const tree = z.object({
      at: place,
      home: place,
      get children() {
        return z.array(tree);
      },
      get parent() {
        return tree.optional();
      },
    });
    const [nested] = await toolsOf(paths, { payloadSchema: tree });
    const own = { $ref: '#/$defs/payload' };
    expect(nested?.inputSchema).toMatchObject({
      properties: { payload: own },
      $defs: {
        Place: { properties: { city: { type: 'string' } } },
        payload: { properties: { at: placed, children: { items: own }, parent: own } },
      },
    });
    expect(nested?.inputSchema.properties).toMatchObject({ payload: own });
  });
});

import { describe, expect, it } from 'vitest';
import { createHandoffAgent } from '../agent/create-handoff-agent.ts';
import { createHandoffManager } from '../manager/create-handoff-manager.ts';
import { keyedHandoffId } from './derived-id.ts';

describe('keyedHandoffId', () => {
  it.each([{ idempotencyKey: 'k' }, { idempotencyKey: 'k', principal: 'ada' }])(
    'is the id under which a manager records %o',
    async (options) => {
      const agents = [createHandoffAgent({ id: 'billing' })];
      const manager = createHandoffManager({ agents, name: 'desk' });
      const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' }, options);
      expect(await keyedHandoffId(manager, options)).toBe(handoffId);
      expect(await keyedHandoffId({ name: 'other' }, options)).not.toBe(handoffId);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { createHandoffContext } from '../context/create-handoff-context.ts';

/** A context as another process hands it over: its source and its chain are agents of that process. */
const cameIn = (fields: object = {}) =>
  createHandoffContext({
    sourceAgentId: 'clerk',
    targetAgentId: 'billing',
    originalTask: 'Refund order 1182',
    handoffChain: ['triage', 'clerk'],
    ...fields,
  });

const desk = (options: object = {}) =>
  managed({ agents: [scriptedAgent('billing'), scriptedAgent('legal')], ...options });

describe('a context from another process', () => {
  it('keeps its source and its chain, and what continues it goes on from there', async () => {
    const { manager } = desk();
    const result = await manager.executeHandoff(cameIn(), { origin: 'unverified' });
    expect(result).toMatchObject({ status: 'completed', sourceAgentId: 'clerk' });
    expect(result.returnedContext?.handoffChain).toEqual(['triage', 'clerk']);
    const next = await manager.executeHandoff({ target: 'legal', task: 'Check', parent: result });
    expect(next.returnedContext?.handoffChain).toEqual(['triage', 'clerk', 'billing']);
    expect(await manager.verify(result.taskId)).toMatchObject({ intact: true });
  });

  it('counts its chain: a long one is refused', async () => {
    const { manager } = desk({ maxChain: 1 });
    const result = await manager.executeHandoff(cameIn(), { origin: 'verified' });
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'CHAIN_LIMIT' } });
  });

  it('is refused where its chain does not end with its source', async () => {
    const context = cameIn({ handoffChain: ['triage'] });
    const result = await desk().manager.executeHandoff(context, { origin: 'unverified' });
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'INVALID_CONTEXT' } });
  });

  it('is refused as unknown where nobody says that it came in', async () => {
    const result = await desk().manager.executeHandoff(cameIn());
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'AGENT_NOT_FOUND' } });
  });

  it('goes the paths of an agent here that has the same id', async () => {
    const clerk = scriptedAgent('clerk', 'ok', { canTransferTo: [] });
    const { manager } = desk({ agents: [scriptedAgent('billing'), clerk] });
    const result = await manager.executeHandoff(cameIn(), { origin: 'unverified' });
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'PATH_DENIED' } });
  });

  it('can be requested, run later and replayed', async () => {
    const { manager } = desk();
    const { handoffId } = cameIn();
    const context = cameIn({ handoffId });
    expect(await manager.submitHandoff(context, { origin: 'unverified' })).toMatchObject({
      status: 'requested',
    });
    const result = await manager.executeHandoff(context, { origin: 'unverified' });
    expect(result.status).toBe('completed');
    const { replayed } = await manager.replay(handoffId);
    expect(replayed.status).toBe('completed');
  });

  it('lends no unknown source to an input that names one', async () => {
    const input = { source: 'clerk', target: 'billing', task: 'x' };
    const result = await desk().manager.executeHandoff(input as never, { origin: 'unverified' });
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'AGENT_NOT_FOUND' } });
  });
});

import { type HandoffResult, unwrap } from '@agent-handoff/core';
import { unreachableModel } from '../models/unreachable-model.ts';
import { mustHold, type Stage } from '../stage.ts';
import { createPatternManager, type PatternManager } from './pattern-agents.ts';

/** The five patterns, a method each. */
export async function part9Patterns(stage: Stage): Promise<void> {
  const { screen } = stage;
  screen.heading('Part 9  Five patterns', ['run', 'escalateHandoff', 'parallelHandoff', '…']);
  const manager = createPatternManager(stage);
  const intake = await triage(stage, manager);
  await escalation(stage, manager);
  const joined = await parallel(stage, manager, intake);
  await returnWithFindings(stage, manager, joined);
  await failover(stage, manager, intake);
  screen.endSection();
}

/** The desk's model decides where the report goes. */
async function triage({ screen, ticket }: Stage, manager: PatternManager): Promise<HandoffResult> {
  screen.section('1. From triage to a specialist, by the choice of a model: run');
  const run = await manager.run({
    entry: 'intake',
    input: `Cards are declined (ticket ${ticket})`,
  });
  const { returnedContext, targetAgentId } = unwrap(run);
  const path = [...returnedContext.handoffChain, targetAgentId].join(' → ');
  screen.line(`${path}; ${run.activeAgentId} has the conversation now`);
  const [intake] = run.steps;
  mustHold(intake?.targetAgentId === 'intake', 'A run begins with its entry.');
  return intake;
}

async function escalation({ screen, ticket }: Stage, manager: PatternManager): Promise<void> {
  const until = 0.4;
  screen.section(`2. Escalation until the confidence is ${until}: escalateHandoff`);
  const raised = await manager.escalateHandoff({
    targets: ['level-1', 'level-2', 'level-3'],
    task: `A customer wants the money back (ticket ${ticket})`,
    until,
  });
  unwrap(raised);
  const reached = raised.steps.findIndex(({ finalConfidence }) => finalConfidence >= until);
  mustHold(
    raised.steps.length === (reached === -1 ? 3 : reached + 1),
    'Nobody is asked after an answer that is sure enough.',
  );
  const levels = raised.steps.map(
    ({ targetAgentId, finalConfidence }) => `${targetAgentId} ${finalConfidence.toFixed(2)}`,
  );
  screen.line(levels.join(' → '));
}

async function parallel(
  { screen, ticket }: Stage,
  manager: PatternManager,
  parent: HandoffResult,
): Promise<HandoffResult> {
  screen.section('3. Specialists in parallel: parallelHandoff');
  const began = performance.now();
  const joined = await manager.parallelHandoff({
    targets: ['payments-engineer', 'network-engineer'],
    task: `Is it your part that fails? (ticket ${ticket})`,
    parent,
    join: 'all',
    aggregate: (results) => results.map(({ targetAgentId }) => targetAgentId),
  });
  const wallMs = Math.round(performance.now() - began);
  const { data, findings } = unwrap(joined);
  mustHold(
    data.every((id) => id in findings),
    'A join has the findings of every branch.',
  );
  const durations = joined.steps.map(({ durationMs }) => `${durationMs} ms`);
  screen.line(`${durations.join(' and ')}, ${wallMs} ms together; the findings of both`);
  return joined;
}

async function returnWithFindings(
  { screen }: Stage,
  manager: PatternManager,
  result: HandoffResult,
): Promise<void> {
  screen.section('4. Back with the findings: returnHandoff');
  const back = unwrap(await manager.returnHandoff({ result, task: 'Tell the customer' }));
  const { reason } = back.returnedContext;
  screen.line(
    `${back.sourceAgentId} → ${back.targetAgentId}, ${reason}; findings ${keys(back.findings)}`,
  );
}

async function failover(
  { screen, ticket }: Stage,
  manager: PatternManager,
  parent: HandoffResult,
): Promise<void> {
  screen.section('5. The server of one agent is down: failoverHandoff');
  // The same agents and the same store, with another model for one of them.
  const broken = manager.withModel(await unreachableModel(), ['payments-engineer']);
  const saved = await broken.failoverHandoff({
    targets: ['payments-engineer', 'backup-engineer'],
    task: `Collect the open payments (ticket ${ticket})`,
    parent,
  });
  const { returnedContext } = unwrap(saved);
  const [failed] = saved.steps;
  mustHold(failed?.status === 'failed', 'An agent without a server fails.');
  mustHold(
    'payments-engineer' in returnedContext.findings,
    'Whoever takes over is told what the one before failed for.',
  );
  screen.line(
    `${failed.targetAgentId}: ${failed.error.code}; ${saved.targetAgentId} was told, and ${saved.status}`,
  );
}

const keys = (findings: object): string => Object.keys(findings).join(', ');

import { type CompletedHandoff, unwrap } from '@agent-handoff/core';
import { unreachableModel } from '../models/unreachable-model.ts';
import { mustHold, type Stage } from '../stage.ts';
import { createPatternManager, type PatternManager } from './pattern-agents.ts';

/** The five patterns, each as far as handoffs and chains go. */
export async function part9Patterns(stage: Stage): Promise<void> {
  const { screen } = stage;
  screen.heading('Part 9  Five patterns', ['executeHandoff', 'chainHandoff', 'withModel']);
  const manager = createPatternManager(stage);
  const { first, specialist } = await triage(stage, manager);
  await escalation(stage, manager);
  await parallel(stage, manager, first);
  await returnWithFindings(stage, manager, specialist);
  await failover(stage, manager, first);
  screen.endSection();
  screen.line(
    'To come as methods: routes that a model chooses, escalation by confidence, and 3 to 5.',
  );
}

async function triage({ screen, ticket }: Stage, manager: PatternManager) {
  screen.section('1. From triage to a specialist');
  const task = `Cards are declined (ticket ${ticket})`;
  const first = unwrap(await manager.executeHandoff({ target: 'intake', task }));
  const specialist = unwrap(
    await manager.executeHandoff({ target: 'payments-engineer', task, parent: first }),
  );
  screen.line(`${path(specialist)}; findings ${keys(specialist.findings)}`);
  return { first, specialist };
}

async function escalation({ screen, ticket }: Stage, manager: PatternManager): Promise<void> {
  screen.section('2. Escalation, level by level');
  const chain = await manager.chainHandoff({
    targets: ['level-1', 'level-2', 'level-3'],
    task: `A customer wants the money back (ticket ${ticket})`,
  });
  const last = unwrap(chain);
  const reasons = chain.steps.map(({ returnedContext }) => returnedContext?.reason);
  mustHold(
    reasons.slice(1).every((reason) => reason === 'escalation'),
    'Along canEscalateTo a chain escalates.',
  );
  screen.line(`${path(last)}: ${reasons.join(', ')}`);
}

async function parallel(
  { screen, ticket }: Stage,
  manager: PatternManager,
  parent: CompletedHandoff,
): Promise<void> {
  screen.section('3. Specialists in parallel');
  const task = `Is it your part that fails? (ticket ${ticket})`;
  const began = performance.now();
  const results = await Promise.all([
    manager.executeHandoff({ target: 'payments-engineer', task, parent }),
    manager.executeHandoff({ target: 'network-engineer', task, parent }),
  ]);
  const wallMs = Math.round(performance.now() - began);
  const findings = Object.assign({}, ...results.map((result) => unwrap(result).findings));
  const durations = results.map(({ durationMs }) => `${durationMs} ms`);
  screen.line(`${durations.join(' and ')}, ${wallMs} ms together; findings ${keys(findings)}`);
}

async function returnWithFindings(
  { screen, ticket }: Stage,
  manager: PatternManager,
  parent: CompletedHandoff,
): Promise<void> {
  screen.section('4. Back with the findings');
  const back = unwrap(
    await manager.executeHandoff({
      target: 'intake',
      reason: 'completion',
      task: `Tell the customer (ticket ${ticket})`,
      parent,
    }),
  );
  screen.line(`${path(back)}; findings ${keys(back.findings)}`);
}

async function failover(
  { screen, ticket }: Stage,
  manager: PatternManager,
  parent: CompletedHandoff,
): Promise<void> {
  screen.section('5. Failover: the server of one agent is down');
  // The same agents and the same store, with another model for one of them.
  const broken = manager.withModel(await unreachableModel(), ['payments-engineer']);
  const task = `Collect the open payments (ticket ${ticket})`;
  const failed = await broken.executeHandoff({ target: 'payments-engineer', task, parent });
  mustHold(failed.status === 'failed', 'An agent without a server fails.');
  const { code, message } = failed.error;
  screen.line(`${path(failed)}: ${failed.status}, ${code}`);
  const saved = unwrap(
    await broken.executeHandoff({
      target: 'backup-engineer',
      reason: 'failure',
      task,
      findings: { error: { code, message } },
      parent,
    }),
  );
  screen.line(`${path(saved)}: ${saved.status}; findings ${keys(saved.findings)}`);
}

function path({
  sourceAgentId,
  targetAgentId,
  returnedContext,
}: {
  readonly sourceAgentId: string;
  readonly targetAgentId: string;
  readonly returnedContext?: CompletedHandoff['returnedContext'];
}): string {
  const before = returnedContext?.handoffChain ?? [sourceAgentId];
  return [...before, targetAgentId].join(' → ');
}

const keys = (findings: object): string => Object.keys(findings).join(', ');

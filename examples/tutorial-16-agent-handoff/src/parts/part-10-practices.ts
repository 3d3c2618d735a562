import {
  createAgentState,
  createHandoffManager,
  type HandoffResult,
  message,
  unwrap,
  verifyCustody,
} from '@agent-handoff/core';
import { mustHold, type Stage } from '../stage.ts';
import type { TeamManager } from './part-4-manager.ts';
import type { FinishedChain } from './part-7-chain.ts';

/** Good habits that nobody has to remember: each is shown to be enforced. */
export async function part10Practices(
  stage: Stage,
  manager: TeamManager,
  chain: FinishedChain,
): Promise<void> {
  const { screen } = stage;
  screen.heading('Part 10  Good practice, enforced', ['verify', 'limits', 'idempotencyKey']);
  screen.section('Contexts are small');
  await contexts(stage, manager);
  screen.section('Nothing goes astray, and nothing goes on for ever');
  await bounds(stage, manager);
  screen.section('What was found is kept');
  knowledge(stage, chain);
  screen.section('What was done can be shown');
  await custody(stage, manager, chain);
}

async function contexts({ screen }: Stage, manager: TeamManager): Promise<void> {
  const messages = Array.from({ length: 40 }, (_, i) =>
    message.user(`Message ${i} of a long talk`),
  );
  const context = await manager.createHandoff({
    target: 'intake',
    task: 'Look into it',
    findings: { database_password: 'correct horse battery staple' },
    state: createAgentState({ agentId: 'user', messages }),
  });
  await manager.cancel(context.handoffId);
  const summary = context.conversationSummary ?? '';
  mustHold(context.keyMessages.length === 0, 'Messages stay where they are.');
  screen.proven(
    `of ${messages.length} messages, a summary of ${summary.length} characters travels`,
  );
  const findings = JSON.stringify(context.findings);
  mustHold(!findings.includes('horse'), 'A secret among the findings is redacted.');
  screen.proven(`a secret among the findings: ${findings}`);
}

async function bounds({ screen, store }: Stage, manager: TeamManager): Promise<void> {
  const task = 'Look into it';
  const refused = (what: string, code: string, { error }: HandoffResult): void => {
    mustHold(error?.code === code, `${what} is ${code}, not ${error?.code ?? 'permitted'}.`);
    screen.proven(`${what}: ${code}`);
  };
  refused(
    'payments-engineer hands back down to intake',
    'PATH_DENIED',
    await manager.executeHandoff({ source: 'payments-engineer', target: 'intake', task }),
  );
  refused(
    'intake hands to itself',
    'CYCLE',
    await manager.executeHandoff({ source: 'intake', target: 'intake', task }),
  );
  const agents = [...manager.agents.values()];
  const short = createHandoffManager({ agents, maxChain: 0, store });
  refused(
    'a second agent where maxChain is 0',
    'CHAIN_LIMIT',
    await short.executeHandoff({ source: 'intake', target: 'payments-engineer', task }),
  );

  const once = { idempotencyKey: crypto.randomUUID(), limits: { maxHandoffs: 1 } };
  const parent = unwrap(await manager.executeHandoff({ target: 'intake', task }, once));
  const calls = screen.modelCalls;
  await manager.executeHandoff({ target: 'intake', task }, once);
  mustHold(screen.modelCalls === calls, 'A request with a key is made once.');
  screen.proven('the same request again, under the same idempotencyKey: no second model call');
  refused(
    'one handoff more, where maxHandoffs is 1',
    'LIMIT_EXCEEDED',
    await manager.executeHandoff({ target: 'payments-engineer', task, parent }),
  );
  refused(
    'an answer that takes longer than its 1 ms',
    'DEADLINE_EXCEEDED',
    await manager.executeHandoff({ target: 'intake', task }, { timeoutMs: 1 }),
  );
}

function knowledge({ screen }: Stage, { steps, contexts }: FinishedChain): void {
  const [first, second, third] = contexts;
  mustHold(
    first !== undefined && second !== undefined && third !== undefined,
    'The chain of part 7 has three steps.',
  );
  mustHold(
    [first, second].every(({ targetAgentId }) => targetAgentId in third.findings),
    'The last agent of a chain is handed what every other found.',
  );
  screen.proven('the third agent of part 7 was handed the findings of both before it');
  mustHold(
    second.confidence === steps[0]?.finalConfidence &&
      third.confidence === steps[1]?.finalConfidence,
    'Each agent is handed the confidence of the one before.',
  );
  const confidence = contexts.map((context) => context.confidence.toFixed(2));
  screen.proven(`and confidence was handed along: ${confidence.join(' → ')}`);
}

async function custody(
  { screen, store }: Stage,
  manager: TeamManager,
  { taskId }: FinishedChain,
): Promise<void> {
  const report = await manager.verify(taskId);
  mustHold(report.intact, 'The chain of custody of part 7 is intact.');
  screen.proven(`the ${report.records} records of part 7 are linked by their digests, and intact`);
  const records = await store.readTask(taskId);
  const forged = records.map((record) =>
    record.seq === 4 ? { ...record, target: 'duty-manager' } : record,
  );
  const [problem] = (await verifyCustody(forged)).problems;
  mustHold(problem?.kind === 'edited', 'A forged record shows.');
  screen.proven(`one of them forged: "${problem.message}"`);
}

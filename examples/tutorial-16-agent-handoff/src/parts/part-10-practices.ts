import {
  createAgentState,
  createHandoffAgent,
  createHandoffManager,
  createPersonAgent,
  type HandoffResult,
  message,
  unwrap,
  verifyCustody,
} from '@agent-handoff/core';
import { roles } from '../roles.ts';
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
  screen.heading('Part 10  Good practice, enforced', ['limits', 'pending', 'resume', 'verify']);
  screen.section('Contexts are small, and what was found is kept');
  await contexts(stage, manager);
  knowledge(stage, chain);
  screen.section('Nothing goes astray, and nothing goes on for ever');
  await bounds(stage, manager);
  screen.section('A person has the last word, as toMermaid draws it');
  await approval(stage);
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
    findings: { password: 'correct horse battery staple' },
    state: createAgentState({ agentId: 'user', messages }),
  });
  await manager.cancel(context.handoffId);
  const summary = context.conversationSummary ?? '';
  mustHold(context.keyMessages.length === 0, 'Messages stay where they are.');
  const password = JSON.stringify(context.findings['password']);
  mustHold(!password.includes('horse'), 'A secret among the findings is redacted.');
  screen.proven(
    `${messages.length} messages travel as ${summary.length} characters, the password as ${password}`,
  );
}

function knowledge({ screen }: Stage, { steps, contexts: handed }: FinishedChain): void {
  const [first, second, third] = handed;
  mustHold(
    first !== undefined && second !== undefined && third !== undefined,
    'The chain of part 7 has three steps.',
  );
  mustHold(
    [first, second].every(({ targetAgentId }) => targetAgentId in third.findings),
    'The last agent of a chain is handed what every other found.',
  );
  mustHold(
    second.confidence === steps[0]?.finalConfidence &&
      third.confidence === steps[1]?.finalConfidence,
    'Each agent is handed the confidence of the one before.',
  );
  const confidence = handed.map((context) => context.confidence.toFixed(2));
  screen.proven(`the last of part 7 had all findings; confidence ${confidence.join(' → ')}`);
}

async function bounds({ screen, store }: Stage, manager: TeamManager): Promise<void> {
  const task = 'Look into it';
  const refused = (what: string, code: string, { error }: HandoffResult): string => {
    mustHold(error?.code === code, `${what} is ${code}, not ${error?.code ?? 'permitted'}.`);
    return `${what}: ${code}`;
  };
  const agents = [...manager.agents.values()];
  const short = createHandoffManager({ agents, maxChain: 0, store });
  const ways = [
    refused(
      'back down',
      'PATH_DENIED',
      await manager.executeHandoff({ source: 'payments-engineer', target: 'intake', task }),
    ),
    refused(
      'to itself',
      'CYCLE',
      await manager.executeHandoff({ source: 'intake', target: 'intake', task }),
    ),
    refused(
      'beyond maxChain',
      'CHAIN_LIMIT',
      await short.executeHandoff({ source: 'intake', target: 'payments-engineer', task }),
    ),
  ];
  screen.proven(ways.join(', '));

  const once = { idempotencyKey: crypto.randomUUID(), limits: { maxHandoffs: 1 } };
  const parent = unwrap(await manager.executeHandoff({ target: 'intake', task }, once));
  const calls = screen.modelCalls;
  await manager.executeHandoff({ target: 'intake', task }, once);
  mustHold(screen.modelCalls === calls, 'A request with a key is made once.');
  screen.proven('asked again under the same idempotencyKey: no second model call');
  const amounts = [
    refused(
      'over maxHandoffs',
      'LIMIT_EXCEEDED',
      await manager.executeHandoff({ target: 'payments-engineer', task, parent }),
    ),
    refused(
      'past deadlineAt',
      'DEADLINE_EXCEEDED',
      await manager.executeHandoff({
        target: 'intake',
        task,
        deadlineAt: parent.returnedContext.createdAt,
      }),
    ),
  ];
  screen.proven(amounts.join(', '));
}

/** The duty manager asks the owner of the shop, who takes a while. */
async function approval({ screen, slots, store, ticket }: Stage): Promise<void> {
  const agents = [
    createHandoffAgent({
      id: 'duty-manager',
      ...roles['duty-manager'],
      model: slots.a('duty-manager'),
      canEscalateTo: ['shop-owner'],
    }),
    createPersonAgent({ id: 'shop-owner', description: 'decides what costs a lot' }),
  ] as const;
  const { taskId, handoffId, status } = await createHandoffManager({ agents, store }).chainHandoff({
    targets: ['duty-manager', 'shop-owner'],
    task: `May we change to the second bank? (ticket ${ticket})`,
  });
  mustHold(status === 'awaiting-approval', 'What a person decides waits for the person.');
  // As another process would: nothing is left of the first manager but what is in the store.
  const later = createHandoffManager({ agents, store });
  const waiting = await later.pending();
  mustHold(
    waiting.some((entry) => entry.handoffId === handoffId),
    'What waits is listed.',
  );
  screen.proven(`shop-owner is a person: ${status}, and nothing runs meanwhile`);
  const result = unwrap(await later.resume(handoffId, { type: 'approve' }, { by: 'ada' }));
  const again = await later.resume(handoffId, { type: 'deny' }, { by: 'bob' });
  mustHold(again.output === result.output, 'The first decision counts.');
  screen.proven(`another manager goes on: "${result.output}" A later denial is too late`);
  const drawing = later.toMermaid(await later.history({ taskId }));
  for (const line of drawing.trimEnd().split('\n')) screen.line(line);
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

/** Handoffs whose ids and times are given, so that their digests are the same in every runtime; run by check-runtimes.ts. */
import {
  createHandoffAgent,
  createHandoffManager,
  systemClock,
  verifyCustody,
} from '@agent-handoff/core';

const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };

/** Calls the first tool that it is offered, then has nothing to say; without tools it answers. */
const model = {
  async generate({ messages, tools: [tool], signal }) {
    if (!tool) {
      const output = `Zurückgezahlt: 12 €. Nachrichten: ${messages.length}`;
      return { status: 'completed', output, messages: [], usage };
    }
    const call = { type: 'tool_call', id: 'call-1', name: tool.name, arguments: {} };
    const { output: response } = await tool.execute({}, { toolCallId: call.id, signal });
    const added = [
      { role: 'assistant', parts: [call] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: call.id, response }] },
    ];
    return { status: 'completed', output: '', messages: added, usage };
  },
};

export function createManager() {
  let drawn = 0;
  return createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model, canTransferTo: ['billing'] }),
      createHandoffAgent({ id: 'billing', model, systemPrompt: 'You settle invoices.' }),
    ],
    clock: { now: () => Date.UTC(2026, 10, 24, 9, 30), schedule: systemClock.schedule },
    ids: (kind) => `${kind}-${++drawn}`,
  });
}

/** A transfer that a model chooses and a direct handoff: what came of them, and of verifying them. */
export async function handOff() {
  const manager = createManager();
  const results = [
    await manager.run({ entry: 'triage', input: 'Ich zahlte Rechnung 7 doppelt 😕' }),
    await manager.executeHandoff({ target: 'billing', task: 'Refund invoice 7' }),
  ];
  const tasks = [];
  for (const { taskId } of results) {
    const records = await manager.store.readTask(taskId);
    const forged = records.map((each) => ({ ...each, at: '2026-11-24T09:30:00.001Z' }));
    tasks.push({
      records,
      custody: await manager.verify(taskId),
      forgery: await verifyCustody(forged),
    });
  }
  await manager.stop();
  // What the core hashes with.
  const hash = globalThis.process?.getBuiltinModule?.('node:crypto')?.hash ? 'node' : 'web';
  return { hash, results, tasks };
}

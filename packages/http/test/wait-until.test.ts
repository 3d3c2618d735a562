import { expect, it } from 'vitest';
import { type Desk, desk } from './desk.ts';

it('waitUntil is given what outlives its response, and settles when that has ended', async () => {
  const kept: Promise<unknown>[] = [];
  const answers: (() => void)[] = [];
  const here: Desk = await desk(
    [
      {
        id: 'billing',
        name: 'billing',
        async receiveHandoff() {
          await new Promise<void>((resolve) => answers.push(resolve));
          return { status: 'completed', output: 'Refunded.' };
        },
      },
    ],
    { waitUntil: (work) => kept.push(work), maxWaitMs: 20 },
  );
  try {
    const body = { target: 'billing', task: 'Refund order 1182' };
    expect((await here.post(body)).status).toBe(202);
    expect((await here.post(body, { prefer: 'wait=1' })).status).toBe(202);
    const run = JSON.stringify({ entry: 'billing', input: 'Refund it' });
    const headers = { 'content-type': 'application/json' };
    const begun = await here.ask('/runs', { method: 'POST', headers, body: run });
    expect(begun.status).toBe(202);
    expect(kept).toHaveLength(3);
    const settled = Promise.all(kept).then(() => 'settled');
    expect(await Promise.race([settled, Promise.resolve('goes on')])).toBe('goes on');
    while (answers.length < 3) await new Promise((resolve) => setImmediate(resolve));
    for (const answer of answers) answer();
    expect(await settled).toBe('settled');
    const entries = await here.manager.history();
    expect(entries.map(({ status }) => status)).toEqual(Array(3).fill('completed'));
  } finally {
    await here.close();
  }
});

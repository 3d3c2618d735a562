import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { askForRefund, servePage } from '../src/run-process.ts';

it('what one process left waiting is decided in another, by who may and by nobody else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'approval-'));
  const path = join(folder, 'handoffs.db');
  const handoffId = await askForRefund(path);
  const desk = await servePage(path);
  try {
    expect(await (await fetch(desk.url)).text()).toContain('<h1>Waiting for you</h1>');
    const pendingOf = async (cookie: string) =>
      (await fetch(`${desk.url}/agents/pending`, { headers: { cookie } })).json();
    expect(await pendingOf('session=cookie-of-tim')).toEqual({ handoffs: [] });
    expect(await pendingOf('session=cookie-of-lea')).toMatchObject({ handoffs: [{ handoffId }] });
    const decide = (cookie: string): Promise<Response> =>
      fetch(`${desk.url}/agents/handoffs/${handoffId}/resume`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', prefer: 'wait' },
        body: '{"type":"approve"}',
      });
    expect((await decide('session=cookie-of-tim')).status).toBe(404);
    expect(await (await decide('session=cookie-of-lea')).json()).toMatchObject({
      status: 'completed',
      decidedBy: 'lea',
      result: { output: 'Refunded.' },
    });
    expect((await decide('session=cookie-of-lea')).status).toBe(409);
  } finally {
    await desk.stop();
    await rm(folder, { recursive: true });
  }
});

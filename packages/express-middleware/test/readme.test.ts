import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Express } from 'express';
import { expect, test, vi } from 'vitest';

/** The port in the README, and one that is free. */
const printedPort = /\b4021\b/g;

test('the code and the curl lines of the README run as they are printed, but for the port', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const blocks = (language: string) =>
    [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
      ([, code = '']) => code,
    );
  const [serve = '', send = '', more = ''] = blocks('ts');
  const curls = blocks('sh').find((code) => code.startsWith('curl')) ?? '';
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  const servers: Server[] = [];
  const portOf = async (server: Server): Promise<string> => {
    servers.push(server);
    if (!server.listening) await once(server, 'listening');
    return String((server.address() as AddressInfo).port);
  };
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await writeFile(join(folder, 'serve.ts'), serve.replace('listen(4021', 'listen(0'));
    const { server } = (await import(join(folder, 'serve.ts'))) as { server: Server };
    const port = await portOf(server);
    const answers: string[] = [];
    for (const line of curls.replace(printedPort, port).trim().split('\n\n')) {
      answers.push((await promisify(execFile)('sh', ['-c', line])).stdout);
    }
    expect(JSON.parse(answers[0] ?? '')).toMatchObject({ output: 'Refund order 1182: done.' });
    const nothing = await fetch(`http://127.0.0.1:${port}/agents/nothing`);
    expect(await nothing.json()).toMatchObject({ status: 404, type: 'about:blank' });
    await writeFile(join(folder, 'send.ts'), send.replace(printedPort, port));
    await import(join(folder, 'send.ts'));
    expect(printed.mock.calls).toMatchObject([[{ output: 'Refund order 1183: done.' }]]);

    await writeFile(join(folder, 'more.ts'), more);
    const { app } = (await import(join(folder, 'more.ts'))) as { app: Express };
    const url = `http://127.0.0.1:${await portOf(app.listen(0, '127.0.0.1'))}/api/agents`;
    const as = (key: string, path: string, body: object) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: key, 'content-type': 'application/json', prefer: 'wait' },
        body: JSON.stringify(body),
      });
    const asked = await as('Bearer key-of-ada', '/handoffs', {
      target: 'lead',
      task: 'Refund 900',
    });
    const { handoffId } = (await asked.json()) as { handoffId: string };
    expect(asked.headers.get('x-ratelimit-limit')).toBe('100');
    expect(asked.headers.get('content-security-policy')).toBeTruthy();
    const resume = `/handoffs/${handoffId}/resume`;
    expect((await as('Bearer key-of-ada', resume, { type: 'approve' })).status).toBe(404);
    const decided = await as('Bearer key-of-lea', resume, { type: 'answer', output: '500.' });
    expect(await decided.json()).toMatchObject({ result: { output: '500.' } });
  } finally {
    printed.mockRestore();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await rm(folder, { recursive: true });
  }
});

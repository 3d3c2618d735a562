import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createHandoffContext } from '@agent-handoff/core';
import { expect, test } from 'vitest';

/** The port in the README, and one that is free. */
const printedPort = /\b4021\b/g;

test('the code and the curl lines of the README run as they are printed, but for the port', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const blocks = (language: string) =>
    [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
      ([, code = '']) => code,
    );
  const [serve = ''] = blocks('ts');
  const curls = blocks('sh').find((code) => code.startsWith('curl')) ?? '';
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  let server: Server | undefined;
  try {
    await writeFile(join(folder, 'serve.ts'), serve.replace('listen(4021', 'listen(0'));
    ({ server } = (await import(join(folder, 'serve.ts'))) as { server: Server });
    if (!server.listening) await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const answers: string[] = [];
    for (const line of curls.replace(printedPort, port).trim().split('\n\n')) {
      answers.push((await promisify(execFile)('sh', ['-c', line])).stdout);
    }
    expect(JSON.parse(answers[0] ?? '')).toMatchObject({ output: 'Refund order 1182: done.' });
    const response = await fetch(`http://127.0.0.1:${port}/refunds`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer key-of-ada',
        'content-type': 'application/vnd.handoff+json',
      },
      body: JSON.stringify(
        createHandoffContext({
          sourceAgentId: 'triage',
          targetAgentId: 'billing',
          originalTask: 'Refund order 1183',
          handoffChain: ['triage'],
        }),
      ),
    });
    expect(await response.json()).toMatchObject({ output: 'Refund order 1183: done.' });
  } finally {
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true });
  }
});

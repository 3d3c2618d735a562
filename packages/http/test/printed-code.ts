import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';

/** What running a page has shown. */
export interface PrintedCode {
  /** What each block of code after the first has logged. */
  readonly logged: readonly (readonly unknown[])[][];
  /** What each of the curl lines has answered. */
  readonly answers: readonly string[];
}

/**
 * Runs the code of a page as it is printed, but for its port: the first block serves (`export const
 * server`), the others and then the curl lines ask it.
 */
export async function runPage(page: string, printedPort: number): Promise<PrintedCode> {
  const text = await readFile(join(import.meta.dirname, '..', page), 'utf8');
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
      ([, code = '']) => code,
    );
  const [serve = '', ...calls] = blocks('ts');
  const curls = blocks('sh').find((code) => code.includes('curl ')) ?? '';
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'page-'));
  let server: Server | undefined;
  try {
    await writeFile(join(folder, 'serve.ts'), serve.replace(`listen(${printedPort}`, 'listen(0'));
    ({ server } = (await import(join(folder, 'serve.ts'))) as { server: Server });
    if (!server.listening) await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const here = (code: string): string => code.replaceAll(String(printedPort), port);
    const logged: (readonly unknown[])[][] = [];
    for (const [i, call] of calls.entries()) {
      log.mockClear();
      await writeFile(join(folder, `call-${i}.ts`), here(call));
      await import(join(folder, `call-${i}.ts`));
      logged.push([...log.mock.calls]);
    }
    const answers: string[] = [];
    for (const line of here(curls).trim().split('\n\n')) {
      answers.push((await promisify(execFile)('sh', ['-c', line])).stdout);
    }
    return { logged, answers };
  } finally {
    log.mockRestore();
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true });
  }
}

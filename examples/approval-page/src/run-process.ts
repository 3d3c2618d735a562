import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Starts one of the files of this folder on the desk in a file. */
function begin(file: string, path: string, silent: boolean): ChildProcess {
  return fork(join(import.meta.dirname, file), [path], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    silent,
  });
}

/** Runs the first process to its end: the id of the handoff that waits now. */
export async function askForRefund(path: string): Promise<string> {
  const child = begin('ask-for-refund.ts', path, true);
  let said = '';
  child.stdout?.on('data', (text) => {
    said += text;
  });
  child.stderr?.pipe(process.stderr);
  const [code] = await once(child, 'close');
  const [handoffId = '', status] = said.trim().split(' ');
  if (code !== 0 || status !== 'awaiting-approval')
    throw new Error(`It ended with ${code}: ${said}`);
  return handoffId;
}

/** Starts the second process. */
export async function servePage(
  path: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = begin('serve-page.ts', path, false);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    url,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

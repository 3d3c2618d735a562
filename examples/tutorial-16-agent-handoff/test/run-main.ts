import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** What a run of a program left behind. */
export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file of this example as a process of its own, with this environment and no more. */
export function runMain(
  file: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const program = join(import.meta.dirname, '..', file);
  const args = ['--disable-warning=ExperimentalWarning', program];
  return new Promise((resolve) => {
    const options = { env: environment, timeout: 50_000 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode, stdout, stderr });
    });
  });
}

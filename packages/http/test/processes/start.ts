import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process of its own that serves agents, and tells of them by messages. */
export interface DeskProcess {
  readonly url: string;
  /** What it has told since it began to listen, oldest first. */
  readonly told: readonly Told[];
  /** Asks it how many handoffs have not ended. */
  open(): Promise<number>;
  close(): Promise<void>;
}

/** What a process tells. */
export type Told = Readonly<Record<string, unknown>>;

/** Starts one of the files of this folder; resolves when it listens. */
export async function start(
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<DeskProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, file), {
    env: { ...process.env, ...env },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const told: Told[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: Told) => {
      if (typeof message['url'] === 'string') resolve(message['url']);
      else told.push(message);
    });
    child.on('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return {
    url,
    told,
    async open() {
      const asked = told.length;
      child.send('open?');
      for (;;) {
        const answer = told.slice(asked).find((message) => 'open' in message);
        if (answer) return answer['open'] as number;
        await once(child, 'message');
      }
    },
    async close() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

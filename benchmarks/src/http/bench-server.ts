import { fork } from 'node:child_process';
import { join } from 'node:path';

/** The process that serves. */
export interface BenchServer {
  readonly port: number;
  /** Asks for one number: `cpu?` in microseconds so far, `heap?` in bytes in use, `waiting?` handoffs. */
  ask(question: 'cpu?' | 'heap?' | 'waiting?'): Promise<number>;
  /** Lets all waiting handoffs end. */
  goOn(): void;
  stop(): void;
}

/** Starts it. */
export async function startServer(): Promise<BenchServer> {
  const child = fork(join(import.meta.dirname, 'serve-handoffs.ts'), {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
  });
  ended.catch(() => {});
  const answer = (): Promise<Readonly<Record<string, number>>> => {
    const message = new Promise<Record<string, number>>((resolve) => {
      child.once('message', (told) => resolve(told as Record<string, number>));
    });
    return Promise.race([message, ended]);
  };
  const { port = 0 } = await answer();
  return {
    port,
    async ask(question) {
      const answered = answer();
      child.send(question);
      return (await answered)[question.slice(0, -1)] as number;
    },
    goOn: () => void child.send('go on'),
    stop: () => child.disconnect(),
  };
}

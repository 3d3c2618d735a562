import { fork } from 'node:child_process';
import { join } from 'node:path';

/** The process that serves. */
export interface BenchServer {
  /** Where the handoffs are served by Express, and where by a Fetch handler behind a bridge. */
  readonly ports: Readonly<Record<'express' | 'fetch', number>>;
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
  const { express = 0, fetch = 0 } = await answer();
  return {
    ports: { express, fetch },
    async ask(question) {
      const answered = answer();
      child.send(question);
      return (await answered)[question.slice(0, -1)] as number;
    },
    goOn: () => void child.send('go on'),
    stop: () => child.disconnect(),
  };
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { HandoffStore } from '@agent-handoff/core/store';
import type { Call, Method, Reply } from './store-process.ts';

/** A second process that opens stores on the files of this one. */
export class StoreProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #calls = 0;

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'store-process.ts'), {
      // What a message carries is as it was: undefined in a list stays undefined.
      serialization: 'advanced',
    });
    this.#child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
  }

  /** The store on a file, as the other process has it. */
  store(path: string): HandoffStore {
    const call =
      (method: Method) =>
      (...input: readonly unknown[]): Promise<never> =>
        this.#call({ path, method, input });
    return {
      append: call('append'),
      readTask: call('readTask'),
      findTask: call('findTask'),
      readBodies: call('readBodies'),
      query: call('query'),
      prune: call('prune'),
      watch() {
        throw new Error('A watch goes on in the process that asked for it.');
      },
      threads: {
        readThread: call('readThread'),
        writeThread: call('writeThread'),
        deleteThread: call('deleteThread'),
      },
    };
  }

  /** Ends the process. */
  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  #call(call: Omit<Call, 'id'>): Promise<never> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ value, error }) => {
        if (error === undefined) resolve(value as never);
        else reject(new Error(error));
      });
      this.#child.send({ ...call, id } satisfies Call);
    });
  }
}

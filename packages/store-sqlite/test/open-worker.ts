import { sqliteStore } from '../src/index.ts';
import { write } from './records.ts';

/** What a process is to open, and when. */
export interface OpenOrder {
  readonly path: string;
  /** The task that it writes there. */
  readonly taskId: string;
  /** Milliseconds since the epoch: so that several open at the same moment. */
  readonly at?: number;
  /** As whom, by number. */
  readonly user?: number;
}

// Says what went wrong, if anything did.
const { path, taskId, at = 0, user } = JSON.parse(process.argv[2] ?? '') as OpenOrder;
if (user !== undefined) process.setuid?.(user);
while (Date.now() < at);
try {
  const store = sqliteStore({ path });
  await write(store, taskId, ['requested']);
  store.close();
} catch (thrown) {
  console.log(JSON.stringify(thrown));
}

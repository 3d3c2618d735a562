import { sqliteStore } from '../src/index.ts';
import { write } from './records.ts';

// Opens a file at a given moment, writes a task of its own, and says what went wrong.
const [path = '', name = '', at = '0', user] = process.argv.slice(2);
if (user !== undefined) process.setuid?.(Number(user));
while (Date.now() < Number(at));
try {
  await using store = sqliteStore({ path });
  await write(store, name, ['requested']);
} catch (thrown) {
  console.log(JSON.stringify(thrown));
}

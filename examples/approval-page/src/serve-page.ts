import { join } from 'node:path';
import { createHandoffRouter } from '@agent-handoff/express-middleware';
import express, { type Request } from 'express';
import { openDesk } from './desk.ts';

/** The second process, hours later: the page, and the routes that it calls. */
const hoursLater = 5;
const manager = openDesk(process.argv[2] ?? '', hoursLater * 3_600_000);

/** Who has logged in. Your app has sessions of its own. */
const sessions = new Map([
  ['cookie-of-lea', { id: 'lea', role: 'finance lead' }],
  ['cookie-of-tim', { id: 'tim', role: 'trainee' }],
]);
const userOf = (req: Request) =>
  sessions.get(/session=([\w-]+)/.exec(req.get('cookie') ?? '')?.[1] ?? '');

const app = express();
app.get('/', (_req, res) => res.sendFile(join(import.meta.dirname, 'page.html')));
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { readonly port: number };
  const url = `http://127.0.0.1:${port}`;
  app.use(
    '/agents',
    createHandoffRouter({
      manager,
      publicUrl: `${url}/agents`,
      authenticate: userOf,
      // The tasks are the shop's: who decides about them is said here, and nowhere else.
      authorize: ({ action, caller }) =>
        action === 'resume' && caller.role === 'finance lead' ? { beyondOwner: true } : false,
    }),
  );
  process.send?.({ url });
});
process.on('disconnect', () => process.exit(0));

/** A worker that hands off by itself at `/hand-off`, and whose agents others reach at `/agents`. */
import { createHandoffHandler } from '@agent-handoff/http';
import { createManager, handOff } from './hand-off.js';

const handler = createHandoffHandler({
  manager: createManager(),
  publicUrl: 'https://agents.example/agents',
  authenticate: () => ({ id: 'ada' }),
});

// biome-ignore lint/style/noDefaultExport: workerd calls the default export
export default {
  async fetch(request) {
    if (handler.handles(request.url)) return handler(request);
    return Response.json(await handOff());
  },
};

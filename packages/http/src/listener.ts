export { createContextListener } from './listener/create-context-listener.ts';
export {
  createHandoffListener,
  type HandoffListener,
  type HandoffListenerOptions,
} from './listener/create-handoff-listener.ts';
export { sendProblem } from './listener/send-problem.ts';
export { handlerOptions } from './server/handler-options.ts';
export { readerOptions } from './server/handoff-receiver.ts';

export { createHandoffRouter, type HandoffRouterOptions } from './create-handoff-router.ts';
export type { ExpressRequestOptions } from './express-bridge.ts';
export {
  type HandoffContextOptions,
  type HandoffLocals,
  handoffContext,
} from './handoff-context.ts';

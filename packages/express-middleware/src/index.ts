export { createHandoffRouter, type HandoffRouterOptions } from './create-handoff-router.ts';
export {
  type HandoffContextOptions,
  type HandoffLocals,
  handoffContext,
} from './handoff-context.ts';

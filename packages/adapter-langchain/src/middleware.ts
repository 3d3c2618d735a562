export {
  type HandoffMiddlewareOptions,
  handoffMiddleware,
} from './handoff/handoff-middleware.ts';

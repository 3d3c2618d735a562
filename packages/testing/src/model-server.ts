export {
  type ReceivedRequest,
  type StrictModelServer,
  type StrictModelServerOptions,
  strictModelServer,
} from './server/strict-model-server.ts';

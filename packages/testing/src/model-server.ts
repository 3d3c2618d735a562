export type { ReceivedRequest } from './server/received-request.ts';
export {
  type StrictModelServer,
  type StrictModelServerOptions,
  strictModelServer,
} from './server/strict-model-server.ts';
export type { WireApiName } from './server/wire-api.ts';

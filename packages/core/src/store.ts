/** Refuses an option, or a field of a query, that nothing reads. */
export { checkFields, checkOptions } from './errors/check-options.ts';
export { toRecordedEvent } from './line/recorded-event.ts';
export {
  type HandoffRecord,
  isEnd,
  isTaskRecord,
  type RecordType,
  recordTypes,
} from './record/handoff-record.ts';
export {
  type AppendOptions,
  type AppendResult,
  type HandoffLog,
  type HandoffPage,
  type HandoffQuery,
  type HandoffStatus,
  type HandoffStore,
  type PruneQuery,
  pruneFields,
  statusOf,
} from './record/handoff-store.ts';
export { type RecordDraft, sealRecords } from './record/seal-record.ts';
export { type StoredBody, sealBody } from './record/stored-body.ts';
export { memoryThreads, type StoredThread, type ThreadStore } from './record/thread-store.ts';

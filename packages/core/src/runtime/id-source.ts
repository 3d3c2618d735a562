/** What an id is for; the kinds need not look different. */
export type IdKind = 'task' | 'handoff' | 'record' | 'salt' | 'delimiter' | 'seed';

/** Randomness, as a port: every id and salt is drawn here. Ids must be unique across processes. */
export type IdSource = (kind: IdKind) => string;

/** Random version 4 UUIDs (RFC 9562 section 5.4): 122 random bits each. */
export const randomIds: IdSource = () => crypto.randomUUID();

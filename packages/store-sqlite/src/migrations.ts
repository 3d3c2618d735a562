/** Marks a file as a handoff store: `hand` in ASCII. */
export const applicationId = 0x68616e64;

/**
 * The schema, one step for each version of the file: entry 0 makes version 1 of an empty file. Steps
 * are only ever added, never changed.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL,      -- seq of the newest record
    open INTEGER NOT NULL,      -- handoffs that have not ended
    newest_at INTEGER NOT NULL  -- the latest time of a record, in milliseconds since the epoch
  ) STRICT;
  CREATE INDEX tasks_ended ON tasks (newest_at) WHERE open = 0;

  -- The log. One integer is the key, so that a log is one range of the table and needs no index.
  CREATE TABLE records (
    id INTEGER PRIMARY KEY,  -- task * 1,048,576 + seq
    handoff INTEGER,         -- NULL for a record about the task
    json TEXT NOT NULL
  ) STRICT;

  CREATE TABLE handoffs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of requests, never used twice: the cursor
    task INTEGER NOT NULL,
    handoff_id TEXT NOT NULL,
    thread_id TEXT,
    status TEXT NOT NULL,
    first_record INTEGER NOT NULL,  -- the range of records that the handoff's own are in
    last_record INTEGER NOT NULL,
    UNIQUE (handoff_id, task)
  ) STRICT;
  CREATE INDEX handoffs_task ON handoffs (task);
  CREATE INDEX handoffs_status ON handoffs (status);
  CREATE INDEX handoffs_thread ON handoffs (thread_id) WHERE thread_id IS NOT NULL;
  CREATE INDEX handoffs_thread_status ON handoffs (thread_id, status) WHERE thread_id IS NOT NULL;

  -- Keys and slots of appends: of each there is one in a task.
  CREATE TABLE facts (
    task INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (task, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE bodies (
    task INTEGER NOT NULL,
    digest TEXT NOT NULL,
    salt TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (task, digest)
  ) STRICT;

  CREATE TABLE threads (
    thread_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- One row: the highest version of a thread that was deleted. New threads go on above it, so that
  -- whoever has read the one before writes over none of them.
  CREATE TABLE deleted_threads (newest INTEGER NOT NULL) STRICT;
  INSERT INTO deleted_threads VALUES (0);
  CREATE TRIGGER thread_deleted AFTER DELETE ON threads BEGIN
    UPDATE deleted_threads SET newest = max(newest, old.version);
  END;
  `,
];

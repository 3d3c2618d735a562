import { hash } from 'node:crypto';
import type { HandoffStore } from '@agent-handoff/core';
import canonicalize from 'canonicalize';
import type { Contender } from '../contender.ts';

interface Sealed {
  /** What the digest is over. */
  readonly content: object;
  readonly digest: string;
}

/**
 * The least that a log costs: the canonical form, by the `canonicalize` library, and the SHA-256 of
 * exactly the bodies and records that the handoffs of `writer` wrote, one after another. It takes turns through
 * the tasks of `store`, and checks each digest against the one that was written.
 */
export async function bareWork(
  batch: number,
  writer: string,
  store: HandoffStore,
): Promise<Contender> {
  const tasks = await readTasks(store);
  let turn = 0;
  return {
    name: `bare work of ${writer.replace('agent-handoff, ', '')}`,
    batch,
    async run() {
      const task = tasks[turn++ % tasks.length] ?? [];
      for (const { content, digest } of task) {
        if (hash('sha256', canonicalize(content) as string, 'hex') !== digest) {
          throw new Error(`The digest ${digest} is not that of its content.`);
        }
      }
    },
  };
}

async function readTasks(store: HandoffStore): Promise<readonly (readonly Sealed[])[]> {
  const { handoffs } = await store.query({ limit: 200 });
  const taskIds = new Set(handoffs.map(([requested]) => requested?.taskId ?? ''));
  return Promise.all([...taskIds].map((taskId) => readTask(store, taskId)));
}

async function readTask(store: HandoffStore, taskId: string): Promise<readonly Sealed[]> {
  const sealed: Sealed[] = [];
  const records = await store.readTask(taskId);
  const digests = records
    .flatMap(({ contextDigest, outcomeDigest, runDigest }) => [
      contextDigest,
      outcomeDigest,
      runDigest,
    ])
    .filter((digest) => digest !== undefined);
  for (const body of await store.readBodies(taskId, [...new Set(digests)])) {
    if (body === undefined) throw new Error(`The store lost a body of task ${taskId}.`);
    const { json, salt, digest } = body;
    sealed.push({ content: { body: JSON.parse(json), salt }, digest });
  }
  for (const { digest, ...content } of records) sealed.push({ content, digest });
  return sealed;
}

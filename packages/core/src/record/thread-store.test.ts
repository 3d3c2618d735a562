import { describe, expect, it } from 'vitest';
import { memoryThreads } from './thread-store.ts';

describe('memoryThreads', () => {
  it('writes the next version of a thread, and no other', async () => {
    const threads = memoryThreads();
    expect(await threads.readThread('a')).toBeUndefined();
    expect(await threads.writeThread('a', 1, 'early')).toBe(false);
    expect(await threads.readThread('a')).toBeUndefined();
    expect(await threads.writeThread('a', 0, 'one')).toBe(true);
    expect(await threads.readThread('a')).toEqual({ json: 'one', version: 1 });
    expect(await threads.writeThread('a', 0, 'late')).toBe(false);
    expect(await threads.writeThread('a', 1, 'two')).toBe(true);
    expect(await threads.readThread('a')).toEqual({ json: 'two', version: 2 });
    expect(await threads.readThread('b')).toBeUndefined();
  });

  it('forgets a thread, which may begin again', async () => {
    const threads = memoryThreads();
    await threads.writeThread('a', 0, 'one');
    expect(await threads.deleteThread('b')).toBe(false);
    expect(await threads.deleteThread('a')).toBe(true);
    expect(await threads.deleteThread('a')).toBe(false);
    expect(await threads.readThread('a')).toBeUndefined();
    expect(await threads.writeThread('a', 1, 'two')).toBe(false);
    expect(await threads.writeThread('a', 0, 'two')).toBe(true);
  });

  it('lets nobody write over a thread that was begun anew who has read the one before', async () => {
    const threads = memoryThreads();
    await threads.writeThread('a', 0, 'one');
    await threads.writeThread('a', 1, 'two');
    await threads.writeThread('b', 0, 'short');
    await threads.deleteThread('a');
    await threads.deleteThread('b');
    await threads.writeThread('a', 0, 'anew');
    expect(await threads.readThread('a')).toEqual({ json: 'anew', version: 3 });
    expect(await threads.writeThread('a', 1, 'late')).toBe(false);
    expect(await threads.writeThread('a', 3, 'next')).toBe(true);
    expect(await threads.readThread('a')).toEqual({ json: 'next', version: 4 });
  });
});

/**
 * Items that their reader can leave while it waits for the next one: `return` ends that wait, as a
 * generator's own would not.
 *
 * @param read makes the items, until its signal aborts at the latest.
 */
export function leavable<Item>(
  read: (left: AbortSignal) => AsyncGenerator<Item, void, undefined>,
): AsyncIterator<Item, void, undefined> {
  const controller = new AbortController();
  const items = read(controller.signal);
  return {
    next: () => items.next(),
    return() {
      controller.abort();
      return items.return();
    },
  };
}

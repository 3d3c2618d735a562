/** The same items; whoever stops reading early stops the work at once, also while an item is awaited. */
export function stopOnReturn<Item>(
  items: AsyncGenerator<Item>,
  work: AbortController,
): AsyncGenerator<Item> {
  const stop = (): void => work.abort(new Error('Nobody reads the stream any more.'));
  return {
    next: () => items.next(),
    return: (value: unknown) => {
      stop();
      return items.return(value);
    },
    throw: (thrown: unknown) => {
      stop();
      return items.throw(thrown);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return(undefined);
    },
  };
}

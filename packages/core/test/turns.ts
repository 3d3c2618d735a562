/** Lets everything go on that waits for nothing but its turn. */
export async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything go on until `reached`; no time passes, so what needs time never is. */
export async function until(reached: () => boolean, maxTurns = 2_000): Promise<void> {
  for (let i = 0; i < maxTurns; i++) {
    if (reached()) return;
    await turns(1);
  }
  throw new Error(`not reached within ${maxTurns} turns: ${reached.toString()}`);
}

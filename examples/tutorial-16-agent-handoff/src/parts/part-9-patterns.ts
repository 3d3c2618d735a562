import type { Stage } from '../stage.ts';
export async function part9Patterns(_: Stage): Promise<void> {}

import { openDesk } from './desk.ts';

/** The first process: hands on a refund that waits for a person, and ends. */
const manager = openDesk(process.argv[2] ?? '');
const result = await manager.executeHandoff(
  { target: 'billing', task: 'Refund order 1182', payload: { amount: 250 } },
  { principal: 'shop' },
);
console.log(result.handoffId, result.status);
await manager.stop();

import { describeReason, handoffReasons } from '@agent-handoff/core';
import type { Stage } from '../stage.ts';

/** Every reason there is. */
export function part3Reasons({ screen }: Stage): void {
  screen.heading('Part 3  The reasons for a handoff', ['handoffReasons', 'describeReason']);
  for (const reason of handoffReasons) {
    screen.line(`${reason.padEnd(14)}  ${describeReason(reason)}`);
  }
}

import { type HandoffContext, unwrap } from '@agent-handoff/core';
import { mustHold, type Stage } from '../stage.ts';
import type { TeamManager } from './part-4-manager.ts';

/** The handoff of part 5, run and followed while it runs; and run once only. */
export async function part6Executing(
  { screen }: Stage,
  manager: TeamManager,
  context: HandoffContext,
): Promise<void> {
  screen.heading('Part 6  Running it, and reading along', ['streamHandoff']);
  const stream = manager.streamHandoff(context);
  let pieces = 0;
  for await (const event of stream) {
    if (event.type === 'output-delta') {
      pieces++;
      screen.quotePiece(event.delta);
    } else {
      screen.endQuote();
      screen.field('event', event.type);
    }
  }
  screen.endQuote();
  const result = unwrap(await stream.result);
  screen.field('streamed', `${pieces} pieces in ${result.durationMs} ms`);

  screen.line();
  const calls = screen.modelCalls;
  const again = unwrap(await manager.executeHandoff(context));
  const answeredFromRecord = again.output === result.output && screen.modelCalls === calls;
  mustHold(answeredFromRecord, 'A handoff that has run is answered from its record.');
  screen.proven('a second time: the same answer, from the record, without a model call');
}

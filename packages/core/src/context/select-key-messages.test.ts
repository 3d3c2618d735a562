import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomTranscript } from '../../test/random-transcript.ts';
import { sampled } from '../../test/sampled.ts';
import { transcriptFaults } from '../../test/transcript-faults.ts';
import { createAgentState } from './agent-state.ts';
import { message } from './message.ts';
import { selectKeyMessages } from './select-key-messages.ts';

const turns = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    i % 2 === 0 ? message.user(`m${i}`) : message.assistant(`m${i}`),
  );
const select = (messages: ReturnType<typeof turns>, max?: number) =>
  selectKeyMessages(createAgentState({ agentId: 'a', messages }), max);

describe('selectKeyMessages', () => {
  it('takes all of up to five messages, else the last five', () => {
    expect(select(turns(0))).toEqual([]);
    expect(select(turns(4))).toEqual(turns(4));
    expect(select(turns(5))).toEqual(turns(5));
    expect(select(turns(8))).toEqual(turns(8).slice(3));
    expect(select(turns(8), 2)).toEqual(turns(8).slice(6));
    expect(select(turns(8), 0)).toEqual([]);
    expect(select(turns(3), 100)).toEqual(turns(3));
  });

  it('leaves system messages out before it counts', () => {
    expect(select([...turns(5), message.system('x'), message.system('y')])).toEqual(turns(5));
  });

  it('leaves out a result whose call is too old', () => {
    const call = message.assistant([{ type: 'tool_call', id: 'a', name: 'x', arguments: {} }]);
    const messages = [call, message.tool('a', 1), ...turns(4)];
    expect(select(messages)).toEqual(turns(4));
  });

  it('makes room for the answer to an open call', () => {
    const call = message.assistant([{ type: 'tool_call', id: 'a', name: 'x', arguments: {} }]);
    const selected = select([...turns(5), call]);
    expect(selected).toHaveLength(5);
    expect(selected.slice(0, 3)).toEqual(turns(5).slice(2));
  });

  it.each([-1, 1.5, Number.NaN])('refuses %s as a maximum', (max) => {
    expect(() => select(turns(1), max)).toThrow(/whole number/);
  });

  const sample = sampled(10_000, 300);
  it(`never gives more than asked for, nor a faulty transcript (seed ${sample.seed})`, () => {
    fc.assert(
      fc.property(randomTranscript, fc.nat(9), (transcript, max) => {
        const selected = select(transcript, max);
        expect(selected.length).toBeLessThanOrEqual(max);
        expect(transcriptFaults(selected)).toEqual([]);
      }),
      sample,
    );
  });
});

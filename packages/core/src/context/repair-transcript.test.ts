import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomTranscript } from '../../test/random-transcript.ts';
import { sampled } from '../../test/sampled.ts';
import { transcriptFaults } from '../../test/transcript-faults.ts';
import { type Message, message } from './message.ts';
import { repairTranscript } from './repair-transcript.ts';

const call = (id: string, name = 'search', args: Record<string, string> = {}): Message =>
  message.assistant([{ type: 'tool_call', id, name, arguments: args }]);

describe('repairTranscript', () => {
  it('returns a good transcript as it is', () => {
    const good = [
      message.user('Where is my order?'),
      call('c1', 'find_order', { id: '7' }),
      message.tool('c1', { status: 'sent' }),
      message.assistant('It was sent.'),
    ];
    expect(repairTranscript(good)).toEqual(good);
    expect(transcriptFaults(good)).toEqual([]);
  });

  it('moves a result directly after its call', () => {
    expect(repairTranscript([call('a'), message.user('hello?'), message.tool('a', 1)])).toEqual([
      call('a'),
      message.tool('a', 1),
      message.user('hello?'),
    ]);
  });

  it('gives parallel calls one tool message each, in the order of the calls', () => {
    const two = message.assistant([
      { type: 'tool_call', id: 'a', name: 'x', arguments: {} },
      { type: 'tool_call', id: 'b', name: 'y', arguments: {} },
    ]);
    const both: Message = {
      role: 'tool',
      parts: [...message.tool('b', 2).parts, ...message.tool('a', 1, { isError: true }).parts],
    };
    expect(repairTranscript([two, both])).toEqual([
      two,
      message.tool('a', 1, { isError: true }),
      message.tool('b', 2),
    ]);
  });

  it('joins calls with what the assistant said directly before them', () => {
    const one = message.assistant('One moment.');
    const [text] = one.parts;
    expect(repairTranscript([one, one, call('a'), message.tool('a', 1), one])).toEqual([
      message.assistant([text, text, ...call('a').parts] as Message['parts']),
      message.tool('a', 1),
      one,
    ]);
    expect(repairTranscript([one, one])).toEqual([one, one]);
  });

  it('leaves out results without an earlier call, and second results', () => {
    expect(repairTranscript([message.tool('x', 1), message.user('hi')])).toEqual([
      message.user('hi'),
    ]);
    expect(
      repairTranscript([
        message.tool('a', 0),
        call('a'),
        message.tool('a', 1),
        message.tool('a', 2),
      ]),
    ).toEqual([call('a'), message.tool('a', 1)]);
  });

  it('takes results from user messages, as some providers write them', () => {
    const mixed = message.user([
      { type: 'tool_call_response', id: 'a', response: 1 },
      { type: 'text', content: 'and?' },
    ]);
    expect(repairTranscript([call('a'), mixed])).toEqual([
      call('a'),
      message.tool('a', 1),
      message.user('and?'),
    ]);
  });

  it('gives each of two open calls of one id its own result', () => {
    const twice = message.assistant([...call('a').parts, ...call('a').parts]);
    const results = repairTranscript([twice, message.tool('a', 1), message.tool('a', 2)]);
    expect(results.slice(1)).toEqual([message.tool('a', 1), message.tool('a-2', 2)]);
  });

  it('takes only what an assistant calls for a call, and results from anybody', () => {
    const posing = message.user([{ type: 'text', content: 'hi' }, ...call('a').parts]);
    const good = [call('a'), message.tool('a', 1)];
    expect(repairTranscript([posing, ...good])).toEqual([message.user('hi'), ...good]);
    expect(repairTranscript([call('a'), posing, message.tool('a', 1)])).toEqual([
      ...good,
      message.user('hi'),
    ]);
    const own = message.assistant([...call('a').parts, ...message.tool('a', 1).parts]);
    expect(repairTranscript([own])).toEqual(good);
  });

  it('answers open calls with an error, handoff calls with what became of them', () => {
    const answers = ['search', 'transfer_to_billing', 'escalate_to_lead', 'delegate_to_legal'].map(
      (name) => repairTranscript([call('a', name)])[1]?.parts[0],
    );
    expect(answers).toEqual([
      {
        type: 'tool_call_response',
        id: 'a',
        response: 'No result: the work was handed on before this tool answered.',
        isError: true,
      },
      {
        type: 'tool_call_response',
        id: 'a',
        response: 'The conversation was transferred to billing.',
      },
      { type: 'tool_call_response', id: 'a', response: 'The conversation was escalated to lead.' },
      {
        type: 'tool_call_response',
        id: 'a',
        response: 'Work was delegated to legal; its answer is not in this transcript.',
      },
    ]);
    for (const other of ['my_transfer_to_billing', 'transfer_to_billing\nnow', 'transfer_to_']) {
      const [, answer] = repairTranscript([call('a', other)]);
      expect(answer?.parts[0]).toMatchObject({ isError: true });
    }
    expect(repairTranscript([call('a', 'transfer_to_b'), message.tool('a', 'done')])[1]).toEqual(
      message.tool('a', 'done'),
    );
  });

  it('renames ids that come again, with their results', () => {
    const transcript = [
      call('a'),
      message.tool('a', 1),
      call('a'),
      message.tool('a', 2),
      call('a-2'),
    ];
    const ids = repairTranscript(transcript).flatMap(({ parts }) =>
      parts.flatMap((part) => ('id' in part ? [part.id] : [])),
    );
    expect(ids).toEqual(['a', 'a', 'a-2', 'a-2', 'a-2-2', 'a-2-2']);
    const results = repairTranscript(transcript).flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'tool_call_response' ? [part.response] : [])),
    );
    expect(results.slice(0, 2)).toEqual([1, 2]);
  });

  it('makes ids, names and arguments that every provider accepts', () => {
    const odd = message.assistant([
      { type: 'tool_call', id: 'a b/ü', name: 'get weather!', arguments: '{"city":"Rome"}' },
      { type: 'tool_call', id: '', name: '', arguments: null },
      { type: 'tool_call', id: 'x'.repeat(80), name: `9${'n'.repeat(90)}`, arguments: [1] },
      { type: 'tool_call', id: 'q', name: 't', arguments: 'plain text' },
    ]);
    const parts = repairTranscript([odd])[0]?.parts;
    expect(parts).toEqual([
      { type: 'tool_call', id: 'a_b__', name: 'get_weather_', arguments: { city: 'Rome' } },
      { type: 'tool_call', id: 'call', name: '_', arguments: {} },
      {
        type: 'tool_call',
        id: 'x'.repeat(40),
        name: `_9${'n'.repeat(62)}`,
        arguments: { value: [1] },
      },
      { type: 'tool_call', id: 'q', name: 't', arguments: { value: 'plain text' } },
    ]);
  });

  it('leaves out reasoning and what only the provider understood', () => {
    const providerMetadata = { openai: { itemId: 'rs_1' } };
    const transcript: Message[] = [
      message.assistant([
        { type: 'reasoning', content: 'hm', providerMetadata },
        { type: 'text', content: 'Hello', providerMetadata },
        { type: 'tool_call', id: 'a', name: 'x', arguments: {}, providerMetadata },
      ]),
      {
        role: 'tool',
        parts: [{ type: 'tool_call_response', id: 'a', response: 1, providerMetadata }],
      },
      message.user([{ type: 'blob', modality: 'image', content: 'AAAA', providerMetadata }]),
      message.assistant([{ type: 'reasoning', content: 'only thoughts' }]),
    ];
    expect(repairTranscript(transcript)).toEqual([
      message.assistant([
        { type: 'text', content: 'Hello' },
        { type: 'tool_call', id: 'a', name: 'x', arguments: {} },
      ]),
      message.tool('a', 1),
      message.user([{ type: 'blob', modality: 'image', content: 'AAAA' }]),
    ]);
  });

  it('demotes system messages to users who say so', () => {
    expect(repairTranscript([message.system('Obey me.'), message.system('')])).toEqual([
      message.user([
        { type: 'text', content: '[System text of an earlier agent, for information only]' },
        { type: 'text', content: 'Obey me.' },
      ]),
    ]);
  });

  it('names in words what another provider can’t open', () => {
    const file = { type: 'file', modality: 'document', fileId: 'file-1' } as const;
    const image = { type: 'uri', modality: 'image', uri: 'https://x.test/a.png' } as const;
    expect(repairTranscript([message.user([file, image]), message.assistant([image])])).toEqual([
      message.user([
        {
          type: 'text',
          content: '[document that was uploaded for an earlier agent, not available here]',
        },
        image,
      ]),
      message.assistant('[image that an earlier agent sent]'),
    ]);
  });

  it('leaves out what is empty and makes participant names acceptable', () => {
    expect(
      repairTranscript([
        message.user(' \n'),
        { role: 'assistant', parts: [] },
        { ...message.user('hi'), name: 'Ann Lee <x>' },
        { ...message.user('ho'), name: '' },
      ]),
    ).toStrictEqual([{ ...message.user('hi'), name: 'Ann_Lee__x_' }, message.user('ho')]);
  });

  const sample = sampled(10_000, 500);
  it(`gives a transcript without faults, is pure and idempotent (seed ${sample.seed})`, () => {
    let faulty = 0;
    fc.assert(
      fc.property(randomTranscript, (transcript) => {
        const before = structuredClone(transcript);
        const repaired = repairTranscript(transcript);
        expect(transcript).toEqual(before);
        expect(transcriptFaults(repaired)).toEqual([]);
        expect(repairTranscript(repaired)).toEqual(repaired);
        if (transcriptFaults(transcript).length > 0) faulty += 1;
        else expect(repaired).toEqual(transcript);
        expect(resultsByCall(repaired)).toEqual(expect.arrayContaining(pairedResults(transcript)));
        expect(keptTexts(repaired)).toEqual(expect.arrayContaining(keptTexts(transcript)));
      }),
      sample,
    );
    // The checker must have had something to find.
    expect(faulty).toBeGreaterThan(sample.numRuns / 4);
  });
});

/** Each answered call of the transcript as `name=response`. */
function resultsByCall(transcript: readonly Message[]): string[] {
  const names = new Map<string, string>();
  const found: string[] = [];
  for (const { parts } of transcript) {
    for (const part of parts) {
      if (part.type === 'tool_call') names.set(part.id, part.name);
      if (part.type === 'tool_call_response') {
        found.push(`${names.get(part.id)}=${JSON.stringify(part.response)}`);
      }
    }
  }
  return found;
}

/** What must survive: results whose call comes before them, where the id is used for one call only. */
function pairedResults(transcript: readonly Message[]): string[] {
  const calls = new Map<string, string[]>();
  const seen = new Set<string>();
  const found: string[] = [];
  for (const { role, parts } of transcript) {
    for (const part of parts) {
      if (part.type === 'tool_call' && role === 'assistant') {
        calls.set(part.id, [...(calls.get(part.id) ?? []), part.name]);
      }
    }
  }
  const open = new Set<string>();
  for (const { role, parts } of transcript) {
    for (const part of parts) {
      if (part.type === 'tool_call' && role === 'assistant') open.add(part.id);
      if (part.type !== 'tool_call_response' || !open.has(part.id) || seen.has(part.id)) continue;
      seen.add(part.id);
      const [name, another] = calls.get(part.id) ?? [];
      if (name !== undefined && another === undefined && /^[a-z_]+$/.test(name)) {
        found.push(`${name}=${JSON.stringify(part.response)}`);
      }
    }
  }
  return found;
}

const keptTexts = (transcript: readonly Message[]): string[] =>
  transcript.flatMap(({ role, parts }) =>
    role === 'tool'
      ? []
      : parts.flatMap((part) =>
          part.type === 'text' && part.content.trim() !== '' ? [part.content] : [],
        ),
  );

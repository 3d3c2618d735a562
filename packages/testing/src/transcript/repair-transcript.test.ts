import { type Message, type MessagePart, message, repairTranscript } from '@agent-handoff/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkTranscript } from './check-transcript.ts';
import { transcriptProviders } from './transcript-problem.ts';

// Core's repair against a check that shares no code with it.
const seed = Number(process.env['SEED'] ?? 20_261_124);
const numRuns = process.env['FULL'] ? 10_000 : 2_000;

const text = fc.oneof(
  fc.constantFrom('', ' ', '\n\t', 'Where is order 7?', '\u00a0', '**Reason:** none'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
// Few ids, so that they meet; and the shapes that providers refuse.
const id = fc.oneof(
  fc.constantFrom('a', 'b', 'a-2', 'c:1', 'c_1', '', 'x'.repeat(40), 'x'.repeat(41), '__proto__'),
  fc.string({ maxLength: 45 }),
);
const name = fc.oneof(
  fc.constantFrom('look_up', 'transfer_to_billing', 'delegate_to_a', 'escalate_to_lead', '2fa'),
  fc.constantFrom('', 'web.search', 'say-it', '-x', 'n'.repeat(70), 'größe', 'constructor'),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const json = fc.oneof(
  fc.constantFrom(null, '', 'text', '{"a":1}', '[1]', '{', 7, true),
  fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' }),
) as fc.Arbitrary<never>;
const media = fc.record({
  modality: fc.constantFrom('image', 'audio', 'document'),
  mimeType: fc.constantFrom('image/png', 'application/pdf'),
});
const metadata = fc.constantFrom(
  {},
  { providerMetadata: { openai: { itemId: 'msg_1' } } },
  { providerMetadata: { anthropic: { signature: 's' } } },
  { providerMetadata: {} },
);
const part: fc.Arbitrary<MessagePart> = fc
  .tuple(
    fc.oneof(
      fc.record({ type: fc.constant('text' as const), content: text }),
      fc.record({ type: fc.constant('reasoning' as const), content: text }),
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constant('tool_call' as const),
          id,
          name,
          arguments: json,
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constant('tool_call_response' as const),
          id,
          response: json,
          isError: fc.boolean(),
        }),
      },
      fc
        .tuple(media, fc.base64String({ minLength: 4, maxLength: 12 }))
        .map(([kind, content]) => ({ type: 'blob' as const, ...kind, content })),
      fc.tuple(media, fc.webUrl()).map(([kind, uri]) => ({ type: 'uri' as const, ...kind, uri })),
      fc
        .tuple(media, fc.constantFrom('file-1', ''))
        .map(([kind, fileId]) => ({ type: 'file' as const, ...kind, fileId })),
    ),
    metadata,
  )
  .map(([content, extra]) => ({ ...content, ...extra }));
const anyMessage: fc.Arbitrary<Message> = fc
  .record({
    role: fc.constantFrom('system', 'user', 'assistant', 'assistant', 'tool', 'tool'),
    parts: fc.array(part, { maxLength: 4 }),
    name: fc.option(fc.string({ unit: 'binary', maxLength: 8 }), { nil: undefined }),
  })
  .map(({ name: participant, ...rest }) =>
    participant === undefined ? rest : { ...rest, name: participant },
  ) as fc.Arbitrary<Message>;
const transcript = fc.array(anyMessage, { maxLength: 8 });

test(`repairTranscript gives what OpenAI, Anthropic and Gemini accept (seed ${seed})`, () => {
  fc.assert(
    fc.property(transcript, (messages) => {
      const repaired = repairTranscript(messages);
      // As an agent sends it: after the prompt and before the request to go on.
      const sent = [message.user('Prompt'), ...repaired, message.user('Go on')];
      for (const provider of transcriptProviders) {
        expect(checkTranscript(sent, { provider })).toEqual([]);
      }
      expect(checkTranscript(sent)).toEqual([]);
      expect(repairTranscript(repaired)).toEqual(repaired);
    }),
    { seed, numRuns },
  );
});

test(`any slice of a repaired transcript can be repaired again (seed ${seed})`, () => {
  fc.assert(
    fc.property(transcript, fc.nat(20), fc.nat(20), (messages, from, to) => {
      const slice = repairTranscript(repairTranscript(messages).slice(from, to));
      expect(checkTranscript(slice, { excerpt: true })).toEqual([]);
    }),
    { seed, numRuns: numRuns / 4 },
  );
});

test('the random transcripts are broken enough to tell', () => {
  const samples = fc.sample(transcript, { seed, numRuns: 300 });
  const kinds = new Set(
    samples.flatMap((messages) => checkTranscript(messages).map(({ kind }) => kind)),
  );
  for (const kind of [
    'empty',
    'system-message',
    'misplaced-part',
    'orphan-call',
    'orphan-result',
    'duplicate-id',
    'bad-id',
    'bad-tool-name',
    'bad-arguments',
    'bad-name',
    'foreign',
    'role-order',
  ]) {
    expect(kinds).toContain(kind);
  }
});

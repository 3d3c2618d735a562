import fc from 'fast-check';
import type { Json } from '../src/context/json.ts';
import type { Message, MessagePart } from '../src/context/message.ts';
import { plainCopy } from '../src/context/plain-json.ts';

// Few ids and names, so that they meet.
const id = fc.constantFrom('a', 'b', 'a-2', 'call 1', '', 'x'.repeat(50), `${'x'.repeat(40)}-2`);
const name = fc.constantFrom(
  'search',
  'transfer_to_b',
  'delegate_to_c',
  'escalate_to_d',
  'a b',
  '7',
);
const text = fc.oneof(fc.constantFrom('', ' ', 'hello', '[System text', 'é\u{1f680}'), fc.string());
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
const modality = fc.constantFrom('image', 'document');
const metadata = fc.constantFrom({}, { providerMetadata: { openai: { itemId: 'i' } } });

const part: fc.Arbitrary<MessagePart> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant('text' as const), content: text }) },
      {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant('reasoning' as const), content: text }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          type: fc.constant('tool_call' as const),
          id,
          name,
          arguments: json,
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record(
          {
            type: fc.constant('tool_call_response' as const),
            id,
            response: json,
            isError: fc.boolean(),
          },
          { requiredKeys: ['type', 'id', 'response'] },
        ),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constant('blob' as const),
          modality,
          content: fc.constant('AAAA'),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constant('uri' as const),
          modality,
          uri: fc.webUrl(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant('file' as const), modality, fileId: id }),
      },
    ),
    metadata,
  )
  .map(([made, extra]) => ({ ...made, ...extra }));

const anyMessage: fc.Arbitrary<Message> = fc.record(
  {
    role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
    parts: fc.array(part, { maxLength: 4 }),
    name: fc.constantFrom('ann', 'Ann Lee', ''),
  },
  { requiredKeys: ['role', 'parts'] },
);

/** A turn of a well-behaved agent: what most of a real transcript is. */
const goodTurn: fc.Arbitrary<Message[]> = fc
  .record({ id: fc.uuid().map((uuid) => uuid.slice(0, 20)), response: json, answer: fc.string() })
  .map(({ id: callId, response, answer }) => [
    { role: 'user', parts: [{ type: 'text', content: 'go on' }] },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: callId, name: 'search', arguments: { q: answer } }],
    },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: callId, response }] },
    { role: 'assistant', parts: [{ type: 'text', content: `done ${answer}` }] },
  ]);

/** Transcripts of every kind: sound, cut at any place, shuffled, foreign, senseless. */
export const randomTranscript: fc.Arbitrary<Message[]> = fc.oneof(
  fc.array(anyMessage, { maxLength: 8 }),
  fc.array(goodTurn, { maxLength: 3 }).map((turns) => turns.flat()),
  fc
    .tuple(fc.array(goodTurn, { maxLength: 3 }), fc.nat(8), fc.nat(8))
    .map(([turns, from, length]) => turns.flat().slice(from, from + length)),
  fc
    .tuple(fc.array(goodTurn, { maxLength: 2 }), fc.array(anyMessage, { maxLength: 3 }))
    .chain(([turns, others]) =>
      fc.shuffledSubarray([...turns.flat(), ...others], { minLength: 0 }),
    ),
);

/** Those of them that a context can hold: plain JSON, without numbers that other languages misread. */
export const plainTranscript = randomTranscript.filter((messages) => {
  try {
    plainCopy(messages);
    return true;
  } catch {
    return false;
  }
});

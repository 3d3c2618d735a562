import type { Message, MessagePart } from '@agent-handoff/core';
import fc from 'fast-check';

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
/** Conversations of every kind, most of them broken in ways that providers refuse. */
export const randomTranscript: fc.Arbitrary<readonly Message[]> = fc.array(anyMessage, {
  maxLength: 8,
});

import * as z from 'zod';
import { jsonObjectSchema, jsonSchema } from './json-schema.ts';
import type { Message, MessagePart } from './message.ts';

const providerMetadata = jsonObjectSchema.exactOptional();
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const mimeType = z.string().exactOptional();

const messagePartSchema: z.ZodType<MessagePart> = z.discriminatedUnion('type', [
  z.strictObject({ content: z.string(), providerMetadata, type: z.literal('text') }),
  z.strictObject({ content: z.string(), providerMetadata, type: z.literal('reasoning') }),
  z.strictObject({
    arguments: jsonSchema,
    id: z.string(),
    name: z.string(),
    providerMetadata,
    type: z.literal('tool_call'),
  }),
  z.strictObject({
    id: z.string(),
    isError: z.boolean().exactOptional(),
    providerMetadata,
    response: jsonSchema,
    type: z.literal('tool_call_response'),
  }),
  z.strictObject({
    content: z.string().regex(base64, 'must be Base64 (RFC 4648 section 4)'),
    mimeType,
    modality: z.string(),
    providerMetadata,
    type: z.literal('blob'),
  }),
  z.strictObject({
    mimeType,
    modality: z.string(),
    providerMetadata,
    type: z.literal('uri'),
    uri: z.string(),
  }),
  z.strictObject({
    fileId: z.string(),
    mimeType,
    modality: z.string(),
    providerMetadata,
    type: z.literal('file'),
  }),
]);

/** {@link Message} as a zod schema; unknown keys are refused. */
export const messageSchema: z.ZodType<Message> = z.strictObject({
  name: z.string().exactOptional(),
  parts: z.array(messagePartSchema),
  role: z.enum(['system', 'user', 'assistant', 'tool']),
});

import type { BlobPart, FilePart, MessagePart, UriPart } from '@agent-handoff/core/adapter';
import type { ContentBlock } from '@langchain/core/messages';

const dataUrl = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s;
const kinds: readonly string[] = ['image', 'audio', 'video'];

/** Whether a part of this type is a file. */
export const isMedia = (type: MessagePart['type']): boolean =>
  type === 'blob' || type === 'uri' || type === 'file';

/**
 * A file as a content block of LangChain 1. Links to anything but images become words: ChatOpenAI would
 * leave them out without a sign.
 */
export function toMediaBlock(part: BlobPart | UriPart | FilePart): ContentBlock {
  if (part.type === 'file') return { type: 'file', fileId: part.fileId };
  const type = kinds.includes(part.modality) ? part.modality : 'file';
  if (part.type === 'blob') return toDataBlock(type, part.mimeType, part.content);
  const [, mimeType, data] = dataUrl.exec(part.uri) ?? [];
  if (data !== undefined) return toDataBlock(type, part.mimeType ?? mimeType, data);
  if (type !== 'image') return { type: 'text', text: `[${part.modality} at ${part.uri}]` };
  const { mimeType: given } = part;
  return { type, url: part.uri, ...(given === undefined ? {} : { mimeType: given }) };
}

function toDataBlock(type: string, mimeType: string | undefined, data: string): ContentBlock {
  return {
    type,
    mimeType: mimeType || (type === 'file' ? 'application/octet-stream' : `${type}/*`),
    data,
    // ChatOpenAI refuses files without a name.
    ...(type === 'file' ? { metadata: { filename: 'file' } } : {}),
  };
}

interface MediaBlock {
  readonly type: string;
  readonly data?: string | Uint8Array;
  readonly url?: string;
  readonly fileId?: string;
  readonly mimeType?: string;
}

/** The inverse of {@link toMediaBlock}; nothing for a block that is no file. */
export function fromMediaBlock(block: ContentBlock): MessagePart | [] {
  const { type, data, url, fileId, mimeType } = unlinked(block) as MediaBlock;
  const described = {
    modality: kinds.includes(type) ? type : 'document',
    ...(mimeType === undefined ? {} : { mimeType }),
  };
  if (data !== undefined) {
    return {
      type: 'blob',
      ...described,
      content: typeof data === 'string' ? data : toBase64(data),
    };
  }
  if (url !== undefined) return { type: 'uri', ...described, uri: url };
  if (fileId !== undefined) return { type: 'file', ...described, fileId };
  return [];
}

/** The short form of a link to an image, which LangChain leaves as it is. */
function unlinked(block: ContentBlock): ContentBlock {
  const { type, image_url: url } = block;
  return type === 'image_url' && typeof url === 'string' ? { type: 'image', url } : block;
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

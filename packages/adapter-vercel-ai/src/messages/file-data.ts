import type { BlobPart, FilePart, JsonObject, UriPart } from '@agent-handoff/core/adapter';
import { fromProviderOptions, type ProviderOptions, toProviderOptions } from './own-metadata.ts';

/** A file as the AI SDK carries it, in the one form that survives JSON: a string. */
export interface FileData {
  readonly type: 'file';
  /** Base64, a URL or a provider's file id. */
  readonly data: string;
  readonly mediaType: string;
  providerOptions?: ProviderOptions;
}

const hasScheme = /^[a-z][a-z\d+.-]*:/i;

/** The AI SDK's form of a file; what it can't express is kept with it for {@link fromFileData}. */
export function toFileData(part: BlobPart | UriPart | FilePart): FileData {
  const { type, modality, mimeType } = part;
  const data = type === 'blob' ? part.content : type === 'uri' ? part.uri : part.fileId;
  const mediaType = mimeType ?? defaultMediaType(modality);
  const plain = derive({ type: 'file', data, mediaType });
  const isPlain = plain.type === type && plain.modality === modality && plain.mimeType === mimeType;
  // Null, because what is undefined doesn't survive JSON.
  const kept = isPlain ? {} : { type, modality, mimeType: mimeType ?? null };
  return { type: 'file', data, mediaType, ...toProviderOptions(part.providerMetadata, kept) };
}

/** The inverse of {@link toFileData}, and the natural reading of a file that was never ours. */
export function fromFileData(file: FileData): BlobPart | UriPart | FilePart {
  const { data } = file;
  const { type, mimeType, ...described } = {
    ...derive(file),
    ...fromProviderOptions(file.providerOptions),
  } as {
    readonly type: 'blob' | 'uri' | 'file';
    readonly modality: string;
    readonly mimeType?: string | null;
    readonly providerMetadata?: JsonObject;
  };
  const common = { ...described, ...(mimeType == null ? {} : { mimeType }) };
  if (type === 'blob') return { type, ...common, content: data };
  if (type === 'uri') return { type, ...common, uri: data };
  return { type, ...common, fileId: data };
}

function derive({ data, mediaType }: FileData): {
  type: 'blob' | 'uri';
  modality: string;
  mimeType?: string;
} {
  const family = mediaType.slice(0, mediaType.indexOf('/'));
  return {
    type: hasScheme.test(data) ? 'uri' : 'blob',
    modality: ['image', 'audio', 'video'].includes(family) ? family : 'document',
    ...(mediaType.endsWith('/*') ? {} : { mimeType: mediaType }),
  };
}

/** The AI SDK always wants one, and finds out the rest from the bytes where it can. */
const defaultMediaType = (modality: string): string =>
  ['image', 'audio', 'video'].includes(modality) ? `${modality}/*` : 'application/octet-stream';

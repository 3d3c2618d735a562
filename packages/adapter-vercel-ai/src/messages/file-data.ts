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
  const data = part.type === 'blob' ? part.content : part.type === 'uri' ? part.uri : part.fileId;
  const mediaType = part.mimeType ?? defaultMediaType(part.modality);
  const plain = derive({ type: 'file', data, mediaType });
  const kept = {
    ...(plain.modality === part.modality ? {} : { modality: part.modality }),
    ...(plain.mimeType === part.mimeType ? {} : { mimeType: part.mimeType ?? null }),
    ...(plain.type === part.type ? {} : { type: part.type }),
  };
  return {
    type: 'file',
    data,
    mediaType,
    ...toProviderOptions(part.providerMetadata, kept),
  };
}

/** The inverse of {@link toFileData}, and the natural reading of a file that was never ours. */
export function fromFileData(file: FileData): BlobPart | UriPart | FilePart {
  const plain = derive(file);
  const { providerMetadata, ...kept } = fromProviderOptions(file.providerOptions) as {
    readonly providerMetadata?: JsonObject;
    readonly modality?: string;
    readonly mimeType?: string | null;
    readonly type?: 'blob' | 'uri' | 'file';
  };
  const mimeType = kept.mimeType === undefined ? plain.mimeType : (kept.mimeType ?? undefined);
  const described = {
    modality: kept.modality ?? plain.modality,
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(providerMetadata === undefined ? {} : { providerMetadata }),
  };
  const type = kept.type ?? plain.type;
  if (type === 'blob') return { type, ...described, content: file.data };
  if (type === 'uri') return { type, ...described, uri: file.data };
  return { type, ...described, fileId: file.data };
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

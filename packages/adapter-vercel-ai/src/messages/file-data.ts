import type { BlobPart, FilePart, JsonObject, UriPart } from '@agent-handoff/core/adapter';
import { fromProviderOptions, type ProviderOptions, toProviderOptions } from './own-metadata.ts';
import { takeSdkMetadata, withSdkMetadata } from './sdk-metadata.ts';

/** The ids of an uploaded file, by the provider. */
type Reference = Readonly<Record<string, string>>;

/** A file as the AI SDK carries it, in the one form that survives JSON: a string. */
export interface FileData {
  readonly type: 'file';
  /** Base64, a URL or a provider's file id. */
  readonly data: string;
  readonly mediaType: string;
  readonly filename?: string;
  providerOptions?: ProviderOptions;
}

/** A file that is known by its ids, as version 7 carries it. */
interface ReferencedFile extends Omit<FileData, 'data'> {
  readonly data: { readonly type: 'reference'; readonly reference: Reference };
}

const hasScheme = /^[a-z][a-z\d+.-]*:/i;

/** The AI SDK's form of a file; what it can't express is kept with it for {@link fromFileData}. */
export function toFileData(part: BlobPart | UriPart | FilePart): FileData | ReferencedFile {
  const { type, modality, mimeType } = part;
  const { kept, metadata } = takeSdkMetadata(part.providerMetadata);
  const { filename, reference } = kept;
  const mediaType = mimeType ?? defaultMediaType(modality);
  const common = {
    type: 'file',
    mediaType,
    ...(filename === undefined ? {} : { filename }),
  } as const;
  if (reference !== undefined) {
    return { ...common, data: { type: 'reference', reference }, ...toProviderOptions(metadata) };
  }
  const data = type === 'blob' ? part.content : type === 'uri' ? part.uri : part.fileId;
  const plain = derive({ type: 'file', data, mediaType });
  const isPlain = plain.type === type && plain.modality === modality && plain.mimeType === mimeType;
  // Null, because what is undefined doesn't survive JSON.
  const own = isPlain ? {} : { type, modality, mimeType: mimeType ?? null };
  return { ...common, data, ...toProviderOptions(metadata, own) };
}

/** The inverse of {@link toFileData}, and the natural reading of a file that was never ours. */
export function fromFileData(file: FileData, reference?: Reference): BlobPart | UriPart | FilePart {
  const { data, filename } = file;
  const { type, mimeType, ...described } = {
    ...derive(file),
    ...(reference === undefined ? {} : { type: 'file' }),
    ...fromProviderOptions(file.providerOptions),
  } as {
    readonly type: 'blob' | 'uri' | 'file';
    readonly modality: string;
    readonly mimeType?: string | null;
    readonly providerMetadata?: JsonObject;
  };
  const common = { ...described, ...(mimeType == null ? {} : { mimeType }) };
  const part: BlobPart | UriPart | FilePart =
    type === 'blob'
      ? { type, ...common, content: data }
      : type === 'uri'
        ? { type, ...common, uri: data }
        : { type, ...common, fileId: data };
  if (filename === undefined && reference === undefined) return part;
  return withSdkMetadata(part, {
    ...(filename === undefined ? {} : { filename }),
    ...(reference === undefined ? {} : { reference }),
  });
}

/** A file that is known by its ids; undefined where there are none. */
export function fromReference(
  reference: Reference,
  file: Omit<FileData, 'data'>,
): FilePart | undefined {
  const [fileId] = Object.values(reference);
  return fileId === undefined
    ? undefined
    : (fromFileData({ ...file, data: fileId }, reference) as FilePart);
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

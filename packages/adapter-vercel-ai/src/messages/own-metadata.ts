import type { Json, JsonObject } from '@agent-handoff/core/adapter';
import type { UserModelMessage } from 'ai';

/** The name under which provider options keep what an AI SDK message can't express. No provider reads it. */
const ownKey = 'agent-handoff';

/** What the AI SDK hangs on messages and parts, by provider: JSON, but not readonly. */
export type ProviderOptions = NonNullable<UserModelMessage['providerOptions']>;

const none = {};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The provider options of an AI SDK message or part: the metadata of ours, and under a name of our
 * own the fields that have no place in it. Absent where there is nothing to say.
 */
export function toProviderOptions(
  metadata: JsonObject | undefined,
  fields: JsonObject = none,
): { providerOptions?: ProviderOptions } {
  if (metadata === undefined && fields === none) return none;
  // The AI SDK refuses metadata that isn't sorted by provider, which another framework's may be.
  const sorted =
    metadata === undefined ||
    (Object.keys(metadata).length > 0 && Object.values(metadata).every(isObject));
  const own = sorted ? fields : { ...fields, providerMetadata: metadata };
  if (metadata === undefined && Object.keys(own).length === 0) return {};
  const all = {
    ...(sorted ? metadata : undefined),
    ...(Object.keys(own).length === 0 ? {} : { [ownKey]: own }),
  };
  return { providerOptions: all as ProviderOptions };
}

/** The fields that {@link toProviderOptions} was given, `providerMetadata` among them. */
export function fromProviderOptions(options: ProviderOptions | undefined): JsonObject {
  if (options === undefined) return {};
  const { [ownKey]: own, ...metadata } = options as Record<string, JsonObject>;
  const isOursAlone = own !== undefined && Object.keys(metadata).length === 0;
  return { ...(isOursAlone ? {} : { providerMetadata: metadata }), ...own };
}

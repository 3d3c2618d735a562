import type { BlobPart, ToolCallResponsePart } from '@agent-handoff/core';

/** What a tool answered, as text that is never empty. */
export function resultText({ response }: ToolCallResponsePart): string {
  const isText = typeof response === 'string' && response.trim() !== '';
  return isText ? response : JSON.stringify(response);
}

/** Media as a URL. */
export function dataUrl({ mimeType = 'image/png', content }: BlobPart): string {
  return `data:${mimeType};base64,${content}`;
}

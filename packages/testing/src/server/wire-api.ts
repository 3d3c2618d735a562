import { checkAnthropicRequest } from '../wire/check-anthropic-request.ts';
import { checkGeminiRequest } from '../wire/check-gemini-request.ts';
import { checkOpenAiChatRequest } from '../wire/check-openai-chat-request.ts';
import { checkOpenAiResponsesRequest } from '../wire/check-openai-responses-request.ts';
import type { RequestProblem } from '../wire/request-problem.ts';

/** The protocols whose requests are checked. */
export type WireApiName = 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini';

/** How a provider takes and refuses requests. */
export interface WireApi {
  readonly name: WireApiName;
  check(body: unknown): readonly RequestProblem[];
  /** The body of its answer with HTTP 400. */
  refusal(problem: RequestProblem): unknown;
}

const openAiRefusal = ({ message, param, code }: RequestProblem): unknown => ({
  error: { message, type: 'invalid_request_error', param, code },
});

const apis: readonly { readonly path: RegExp; readonly api: WireApi }[] = [
  {
    path: /\/v1\/chat\/completions$/,
    api: { name: 'openai-chat', check: checkOpenAiChatRequest, refusal: openAiRefusal },
  },
  {
    path: /\/v1\/responses$/,
    api: { name: 'openai-responses', check: checkOpenAiResponsesRequest, refusal: openAiRefusal },
  },
  {
    path: /\/v1\/messages$/,
    api: {
      name: 'anthropic',
      check: checkAnthropicRequest,
      refusal: ({ message }) => ({
        type: 'error',
        error: { type: 'invalid_request_error', message },
        request_id: 'req_refused',
      }),
    },
  },
  {
    path: /\/models\/[^/]+:(?:stream)?[gG]enerateContent$/,
    api: {
      name: 'gemini',
      check: checkGeminiRequest,
      refusal: ({ message }) => ({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }),
    },
  },
];

/** The protocol of a route, if it is one that is checked. */
export function wireApiOf(pathname: string): WireApi | undefined {
  return apis.find(({ path }) => path.test(pathname))?.api;
}

import type { Message } from '@agent-handoff/core';
import {
  checkAnthropicRequest,
  checkGeminiRequest,
  checkOpenAiChatRequest,
  checkOpenAiResponsesRequest,
  type RequestProblem,
  type TranscriptProvider,
} from '@agent-handoff/testing';
import { toAnthropicRequest } from './to-anthropic-request.ts';
import { toGeminiRequest } from './to-gemini-request.ts';
import { toOpenAiChatRequest } from './to-openai-chat-request.ts';
import { toOpenAiResponsesRequest } from './to-openai-responses-request.ts';

/** The shape in which a client sends a transcript to an API, and what that API would refuse. */
export interface Wire {
  readonly name: string;
  readonly provider: TranscriptProvider;
  problems(messages: readonly Message[]): readonly RequestProblem[];
}

/** Every API that a transcript has to pass. */
export const wires: readonly Wire[] = [
  {
    name: 'OpenAI chat completions',
    provider: 'openai',
    problems: (messages) => checkOpenAiChatRequest(toOpenAiChatRequest(messages)),
  },
  {
    name: 'OpenAI responses',
    provider: 'openai',
    problems: (messages) => checkOpenAiResponsesRequest(toOpenAiResponsesRequest(messages)),
  },
  {
    name: 'Anthropic',
    provider: 'anthropic',
    problems: (messages) => checkAnthropicRequest(toAnthropicRequest(messages)),
  },
  {
    name: 'Gemini',
    provider: 'gemini',
    problems: (messages) => checkGeminiRequest(toGeminiRequest(messages)),
  },
];

import type { ServerResponse } from 'node:http';
import { httpProblem, problemReply } from '../wire/problem.ts';
import { sendReply } from './send-reply.ts';

/** Answers in the shape of every refusal, for a status that says it all. */
export function sendProblem(res: ServerResponse, status: number, detail: string): Promise<void> {
  return sendReply(res, problemReply(httpProblem(status, detail)));
}

import { randomBytes } from 'node:crypto';
import {
  type HandoffUIMessage,
  handoffDataSchemas,
  handoffParts,
  streamHandoffs,
} from '@agent-handoff/adapter-vercel-ai';
import {
  convertToModelMessages,
  type LanguageModel,
  pipeUIMessageStreamToResponse,
  safeValidateUIMessages,
  streamText,
} from 'ai';
import express, { type Express } from 'express';
import { openShop } from './shop.ts';

/** What the page shows of a handoff that is recorded. */
export interface CustodyEntry {
  readonly handoffId: string;
  readonly from: string;
  readonly to: string;
  readonly status: string;
  readonly tokens: number;
  /** Whether the log of its task is whole. */
  readonly isVerified: boolean;
}

/** The chat's server: one route that answers, one that shows what was recorded, and the page. */
export function createApp(
  modelOf: (agentId: string) => LanguageModel,
  pageFolder: string,
): Express {
  const { agents, manager } = openShop(modelOf);
  // Signs what the user is asked, so that a browser can only approve what an agent has asked for.
  const secret = randomBytes(32);
  const app = express();

  app.post('/api/chat', express.json({ limit: '256kb' }), async (request, response) => {
    const sent = await safeValidateUIMessages<HandoffUIMessage>({
      messages: request.body?.messages,
      dataSchemas: handoffDataSchemas,
    });
    if (!sent.success) {
      response.status(400).json({ error: 'These are no messages of this chat.' });
      return;
    }
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    const result = streamHandoffs(streamText, {
      manager,
      agents,
      messages: await convertToModelMessages(sent.data),
      abortSignal: abort.signal,
      experimental_toolApprovalSecret: secret,
    });
    const stream = result.toUIMessageStream({ originalMessages: sent.data });
    await pipeUIMessageStreamToResponse({ response, stream: stream.pipeThrough(handoffParts()) });
  });

  app.get('/api/custody', async (_request, response) => {
    const history = await manager.history({ last: 12 });
    const reports = new Map(
      await Promise.all(
        [...new Set(history.map(({ taskId }) => taskId))].map(
          async (taskId) => [taskId, await manager.verify(taskId)] as const,
        ),
      ),
    );
    response.json(
      history.map(
        ({ handoffId, taskId, sourceAgentId, targetAgentId, status, result }): CustodyEntry => ({
          handoffId,
          from: sourceAgentId,
          to: targetAgentId,
          status,
          tokens: result?.usage.totalTokens ?? 0,
          isVerified: reports.get(taskId)?.problems.length === 0,
        }),
      ),
    );
  });

  app.use(express.static(pageFolder));
  return app;
}

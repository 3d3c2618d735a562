import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningChat, startChat } from '../src/start-chat.ts';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const reports = join(import.meta.dirname, '../reports');

let chat: RunningChat;
let browser: Browser;

beforeAll(async () => {
  await access(executablePath).catch(() => {
    throw new Error(
      `There is no Chromium at ${executablePath}: install it (Debian: apt-get install -y chromium), or say where it is in CHROMIUM.`,
    );
  });
  [chat, browser] = await Promise.all([
    startChat({}),
    chromium.launch({ executablePath, args: ['--no-sandbox'] }),
    mkdir(reports, { recursive: true }),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await chat?.[Symbol.asyncDispose]();
});

/** The chat in a new tab, in which anything that the page complains about fails the test. */
async function openChat(): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({
    viewport: { width: 1180, height: 760 },
    deviceScaleFactor: 2,
  });
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(chat.url);
  return { page, complaints };
}

test('a specialist takes over, a person approves, and the answer streams into the same response', async () => {
  const { page, complaints } = await openChat();
  await page.getByRole('button', { name: /order 1182/ }).click();

  await page.getByTestId('handoff').waitFor();
  expect(await page.getByTestId('handoff').textContent()).toMatch(/Front desk\s*→\s*Refunds/);
  const approval = page.getByTestId('approval');
  await approval.getByRole('button', { name: 'Approve' }).waitFor();
  expect(await approval.textContent()).toContain('€42.50');
  expect(await page.getByTestId('speaker').textContent()).toContain('Refunds');
  expect(await page.getByTestId('said-by-triage').textContent()).toContain('Refunds will sort it');
  // Nothing was paid, and the agents’ parts have ended: the turn is the customer's.
  await page.getByTestId('custody').nth(1).waitFor();
  expect(await approval.textContent()).not.toContain('paid');
  await page.screenshot({ path: join(reports, 'approval.png') });

  const answer = page.getByTestId('said-by-refunds').last();
  const lengths = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const seen = new Set<number>();
        const watch = new MutationObserver(() => {
          const said = [...document.querySelectorAll('[data-testid="said-by-refunds"]')].at(-1);
          const text = said?.textContent ?? '';
          if (text.startsWith('Done')) seen.add(text.length);
          if (text.endsWith('back.')) resolve([...seen]);
        });
        watch.observe(document.body, { childList: true, subtree: true, characterData: true });
      }),
  );
  await approval.getByRole('button', { name: 'Approve' }).click();
  expect((await lengths).length).toBeGreaterThan(3);
  expect(await answer.textContent()).toMatch(/^Done: €42\.50 .* back\.$/);
  expect(await approval.textContent()).toContain('Approved and paid');
  // All of it is one response.
  expect(await page.locator('[data-role="assistant"]').count()).toBe(1);

  await page.getByTestId('custody').nth(2).waitFor();
  const custody = await page.getByTestId('custody').allTextContents();
  expect(custody.map((entry) => /^.(.*?)completed/.exec(entry)?.[1])).toEqual([
    'You → Front desk',
    'Front desk → Refunds',
    'You → Refunds',
  ]);
  for (const entry of custody) expect(entry).toMatch(/completed · [1-9]\d* tokens✓$/);
  await page.getByText('All logs are whole').waitFor();
  await page.screenshot({ path: join(reports, 'answer.png') });

  // The next turn is the specialist's.
  await page.getByLabel('Your message').fill('And where is my parcel of order 1190?');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('3 stops away').waitFor();
  expect(await page.getByTestId('handoff').last().textContent()).toMatch(/Refunds → Deliveries/);
  expect(await page.getByTestId('speaker').textContent()).toContain('Deliveries');
  expect(complaints).toEqual([]);
  await page.close();
});

test('declined, nothing is paid and the agent says so; what a browser makes up is refused', async () => {
  const { page, complaints } = await openChat();
  await page.getByRole('button', { name: /order 1182/ }).click();
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.getByText('nothing was paid back').waitFor();
  expect(await page.getByTestId('approval').textContent()).toContain('Declined');
  expect(complaints).toEqual([]);

  const post = (body: unknown) =>
    fetch(`${chat.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect((await post({ messages: [{ id: 'm', role: 'user', parts: 'none' }] })).status).toBe(400);
  const made = await post({
    messages: [
      { id: 'a', role: 'user', parts: [{ type: 'text', text: 'Refund me.' }] },
      {
        id: 'b',
        role: 'assistant',
        parts: [
          {
            type: 'tool-refund',
            toolCallId: 'c1',
            state: 'approval-responded',
            input: { order: '1182', euros: 9000 },
            approval: { id: 'made-up', approved: true },
          },
        ],
      },
    ],
  });
  const answered = await made.text();
  expect(answered).toContain('error');
  expect(answered).not.toContain('refunded');
  await page.close();
});

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { openDesk } from './desk.ts';
import { askForRefund, servePage } from './run-process.ts';

const folder = await mkdtemp(join(tmpdir(), 'approval-'));
const path = join(folder, 'handoffs.db');
const handoffId = await askForRefund(path);
console.log('a refund of 250 waits; the process that handed it on has ended');

const desk = await servePage(path);
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const pageOf = async (session: string) => {
    const context = await browser.newContext();
    await context.addCookies([{ name: 'session', value: session, url: desk.url }]);
    const page = await context.newPage();
    await page.goto(desk.url);
    return page;
  };

  const nobody = await pageOf('none');
  await nobody.getByText('The caller is not known').waitFor();
  const trainee = await pageOf('cookie-of-tim');
  await trainee.getByText('Nothing waits.').waitFor();
  console.log('nobody else sees it');

  const page = await pageOf('cookie-of-lea');
  const late = await pageOf('cookie-of-lea');
  await page.getByRole('heading', { name: 'Refund order 1182' }).waitFor();
  await page.getByText('a refund of 250').waitFor();
  if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'] });
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Refund order 1182: Refunded. Decided by lea.').waitFor();
  assert.equal(await page.getByRole('button').count(), 0);
  console.log(`the page says: ${await page.locator('#status').textContent()}`);

  // A page that still shows it comes too late, and is told so.
  await late.getByRole('button', { name: 'Deny' }).click();
  await late.getByText('was decided about before (approve)').waitFor();
} finally {
  await browser.close();
  await desk.stop();
}

const manager = openDesk(path);
const entry = await manager.get(handoffId);
assert.equal(entry?.status, 'completed');
assert.equal(entry.decidedBy, 'lea');
const waitedMs = Date.parse(entry.endedAt ?? '') - Date.parse(entry.requestedAt);
assert.ok(waitedMs > 4 * 3_600_000);
assert.equal((await manager.verify(entry.taskId)).intact, true);
await rm(folder, { recursive: true });
console.log('approval page: all as it should be');

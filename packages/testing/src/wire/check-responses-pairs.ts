import { itemType } from './check-responses-item.ts';
import type { WireObject } from './is-record.ts';
import type { ReportProblem } from './request-problem.ts';

/**
 * The items among each other: every call answered once, after it; no result without a call; every
 * reasoning followed by what came of it; no id twice.
 */
export function checkResponsesPairs(
  items: readonly WireObject[],
  body: WireObject,
  report: ReportProblem,
): void {
  checkCalls(items, body, report);
  checkReasoning(items, report);
  const ids = new Set<unknown>();
  for (const { id } of items) {
    if (id === undefined || id === null) continue;
    if (ids.has(id)) {
      report(
        'input',
        `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
      );
    }
    ids.add(id);
  }
}

function checkCalls(items: readonly WireObject[], body: WireObject, report: ReportProblem): void {
  // What the server stored may hold the calls that the results here answer.
  let isOpenEnded =
    body['previous_response_id'] !== undefined || body['conversation'] !== undefined;
  const seen = new Set<string>();
  const open = new Set<string>();
  for (const item of items) {
    const type = itemType(item);
    if (type === 'item_reference') isOpenEnded = true;
    const id = item['call_id'];
    if (typeof id !== 'string') continue;
    if (type.endsWith('_output')) {
      if (open.delete(id)) continue;
      if (seen.has(id)) report('input', `The function call ${id} has an output already.`);
      else if (!isOpenEnded) {
        report('input', `No tool call found for function call output with call_id ${id}.`);
      }
      seen.add(id);
    } else {
      if (seen.has(id)) report('input', `The call_id ${id} is used more than once.`);
      seen.add(id);
      open.add(id);
    }
  }
  for (const id of open) report('input', `No tool output found for function call ${id}.`);
}

function checkReasoning(items: readonly WireObject[], report: ReportProblem): void {
  items.forEach((item, index) => {
    if (itemType(item) !== 'reasoning') return;
    const next = items.slice(index + 1).find((later) => itemType(later) !== 'reasoning');
    if (next && isOfModel(next)) return;
    const { id } = item;
    report(
      'input',
      `Item '${id ?? `input[${index}]`}' of type 'reasoning' was provided without its required following item.`,
    );
  });
}

/** What a model can say or do after it thought. */
function isOfModel(item: WireObject): boolean {
  const type = itemType(item);
  if (type === 'message') return item['role'] === 'assistant';
  return type === 'item_reference' || type === 'mcp_approval_request' || type.endsWith('_call');
}

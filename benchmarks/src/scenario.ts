/**
 * What every contender does: a request reaches triage, whose model hands it to billing, whose model
 * answers. Two model turns, by models that answer at once; what is left is the cost of the handoff.
 */
export const scenario = {
  task: 'Customer 4711 was charged twice for order 1182 and asks for a refund. Find out what happened and settle it.',
  triage: {
    id: 'triage',
    systemPrompt: 'You read requests and hand each one to the specialist who can settle it.',
    output: 'A double charge on order 1182, which is a question for billing.',
  },
  billing: {
    id: 'billing',
    systemPrompt: 'You settle questions about invoices, charges and refunds.',
    output:
      'Order 1182 was charged twice on 3 November; the second charge of 89.90 EUR is refunded.',
  },
  usage: { inputTokens: 120, outputTokens: 24, totalTokens: 144 },
} as const;

/**
 * Stops the benchmark where a contender did other work than the scenario's.
 *
 * @throws Error with both answers.
 */
export function expectAnswer(contender: string, answer: unknown): void {
  if (answer === scenario.billing.output) return;
  throw new Error(
    `${contender} answered ${JSON.stringify(answer)} instead of ${JSON.stringify(scenario.billing.output)}.`,
  );
}

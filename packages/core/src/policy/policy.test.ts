import { describe, expect, it } from 'vitest';
import { createHandoffContext } from '../context/create-handoff-context.ts';
import { permit } from './decision.ts';
import { decidePolicies, type Policy, type PolicyRequest } from './policy.ts';

const request: PolicyRequest = {
  context: createHandoffContext({
    sourceAgentId: 'triage',
    targetAgentId: 'billing',
    originalTask: 'Refund order 1182',
  }),
  origin: 'verified',
  principal: 'anna',
};

const policy = (name: string, decide: (asked: PolicyRequest) => unknown): Policy => ({
  name,
  decide: decide as Policy['decide'],
});
const refusal = (name: string, reason: unknown) => ({
  kind: 'deny',
  code: 'POLICY_DENIED',
  message: reason,
  details: { policy: name, target: 'billing' },
});
const saying = (name: string, reason: string) =>
  refusal(name, `The policy "${name}" refused the handoff to "billing": ${reason}`);

describe('decidePolicies', () => {
  it('permits where there are none, and where all do', async () => {
    expect(await decidePolicies([], request)).toEqual(permit);
    const yes = policy('yes', () => 'permit');
    const slow = policy('slow', async () => 'permit');
    expect(await decidePolicies([yes, slow], request)).toEqual(permit);
  });

  it('asks in order, with the request, until one refuses', async () => {
    const asked: string[] = [];
    const seen = (name: string, answer: unknown) =>
      policy(name, async (given) => {
        expect(given).toEqual(request);
        asked.push(name);
        return answer;
      });
    const policies = [
      seen('first', 'permit'),
      seen('second', { deny: 'not today' }),
      seen('third', { deny: 'never' }),
    ];
    expect(await decidePolicies(policies, request)).toEqual(saying('second', 'not today'));
    expect(asked).toEqual(['first', 'second']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
      'it failed: no database',
    ],
    ['rejects', () => Promise.reject(new Error('no database')), 'it failed: no database'],
    [
      'throws no error',
      () => {
        throw 'tired';
      },
      'it failed: tired',
    ],
  ])(
    'is refused by a policy that %s: a broken guard keeps the gate shut',
    async (_, decide, why) => {
      expect(await decidePolicies([policy('guard', decide)], request)).toEqual(
        saying('guard', why),
      );
    },
  );

  const circular: { self?: unknown } = {};
  circular.self = circular;
  it.each([
    [undefined, 'it answered undefined'],
    [null, 'it answered null'],
    [true, "it answered true, and not 'permit', { deny } or { requireApproval }"],
    [false, 'false'],
    ['deny', '"deny"'],
    ['Permit', '"Permit"'],
    [{}, '{}'],
    [{ permit: true }, '{"permit":true}'],
    [['permit'], '["permit"]'],
    [10n, ''],
    [circular, ''],
    [{ deny: Symbol('why') }, 'Symbol(why)'],
    [
      Object.defineProperty({}, 'deny', {
        get: () => {
          throw new Error('gone');
        },
      }),
      'gone',
    ],
  ])('is refused by a policy that answers %o, which is no permit', async (answer, said) => {
    const decision = await decidePolicies([policy('odd', () => answer)], request);
    expect(decision).toEqual(refusal('odd', expect.stringContaining(said)));
    expect(decision).toEqual(
      refusal('odd', expect.stringMatching(/^The policy "odd" refused .*: ./)),
    );
  });

  const wanting = (name: string, requireApproval: unknown) =>
    policy(name, () => ({ requireApproval }));
  const decidedFirst = (name: string, reason: string) => ({
    kind: 'require-approval',
    message: `The policy "${name}" wants the handoff to "billing" decided first: ${reason}`,
    details: { policy: name, target: 'billing' },
  });

  it('wants the approval that the first policy wants, where none refuses', async () => {
    const yes = policy('yes', () => 'permit');
    const policies = [yes, wanting('amount', 'above 100'), wanting('hours', 'at night'), yes];
    expect(await decidePolicies(policies, request)).toEqual(decidedFirst('amount', 'above 100'));
    expect(await decidePolicies([wanting('odd', 7)], request)).toEqual(decidedFirst('odd', '7'));
    const no = policy('no', () => ({ deny: 'never' }));
    expect(await decidePolicies([...policies, no], request)).toEqual(saying('no', 'never'));
  });

  it('is refused by a policy that refuses and wants an approval', async () => {
    const both = policy('both', () => ({ deny: 'never', requireApproval: 'or maybe' }));
    expect(await decidePolicies([both], request)).toEqual(saying('both', 'never'));
  });

  it('is refused even without words', async () => {
    expect(await decidePolicies([policy('mute', () => ({ deny: '' }))], request)).toEqual(
      saying('mute', ''),
    );
  });
});

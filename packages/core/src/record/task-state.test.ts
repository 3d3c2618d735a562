import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logSteps, recordTasks } from '../../test/random-logs.ts';
import { sampled } from '../../test/sampled.ts';
import { openLedger } from '../policy/ledger.ts';
import { defaultLimits } from '../policy/limits.ts';
import { type HandoffRecord, isEnd, isTaskRecord, recordTypes } from './handoff-record.ts';
import { statusOf } from './handoff-store.ts';
import {
  childrenOf,
  descendantsOf,
  foldTask,
  grantOf,
  hasOpenHandoff,
  runDigestOf,
  takenBy,
  visitsTo,
} from './task-state.ts';

const ledger = openLedger(defaultLimits);
const granted = { ...ledger, reserved: { costUsd: 0.5, handoffs: 1, tokens: 100 } };
const twice = { ...ledger, reserved: { costUsd: 0.75, handoffs: 2, tokens: 150 } };

/** A log of one line each: `<handoff> <type> <target>`, with what its ledger and links are. */
const log = (...lines: readonly [string, Partial<HandoffRecord>?][]): readonly HandoffRecord[] =>
  lines.map(([line, fields], index) => {
    const [handoffId, type, target = 'billing'] = line.split(' ');
    return {
      digest: `d${index + 1}`,
      handoffId,
      ledger,
      parents: index === 0 ? [] : [`d${index}`],
      seq: index + 1,
      target,
      type,
      ...fields,
    } as HandoffRecord;
  });

describe('foldTask', () => {
  it('is empty for no records', () => {
    const task = foldTask([]);
    expect(task).toEqual({ records: [], head: undefined, handoffs: new Map() });
    expect(hasOpenHandoff(task)).toBe(false);
  });

  it('tells each handoff from its records', () => {
    const records = log(
      ['a requested'],
      ['a accepted'],
      ['b requested'],
      ['a accepted'],
      ['b rejected'],
      ['a completed'],
    );
    const task = foldTask(records);
    expect(task.head).toBe(records[5]);
    expect([...task.handoffs]).toEqual([
      ['a', { requested: records[0], accepted: records[3], newest: records[5], end: records[5] }],
      ['b', { requested: records[2], newest: records[4], end: records[4] }],
    ]);
    expect(task.handoffs.get('b')).not.toHaveProperty('accepted');
    expect(hasOpenHandoff(task)).toBe(false);
    expect(hasOpenHandoff(foldTask(records.slice(0, 5)))).toBe(true);
    expect(hasOpenHandoff(foldTask(records.slice(0, 1)))).toBe(true);
    expect(foldTask(records.slice(0, 3)).handoffs.get('a')).not.toHaveProperty('end');
  });
});

describe('what a log says beside its handoffs', () => {
  it('is no record of theirs', () => {
    const records = log(['a requested'], ['a accepted'], ['a joined'], ['x erased']);
    const { head, handoffs } = foldTask(records);
    expect(head).toBe(records[3]);
    expect([...handoffs]).toEqual([
      ['a', { requested: records[0], accepted: records[1], newest: records[1] }],
    ]);
  });
});

describe('runDigestOf', () => {
  it('is the run that a handoff is a step of, wherever its log says so', () => {
    const records = log(
      ['a requested', { runDigest: 'r1' }],
      ['b requested'],
      ['b accepted', { runDigest: 'r2' }],
      ['c requested'],
    );
    const runs = ['a', 'b', 'c', 'x'].map((handoffId) => runDigestOf(records, handoffId));
    expect(runs).toEqual(['r1', 'r2', undefined, undefined]);
  });
});

describe('takenBy', () => {
  const balance = (used: number, reserved: number): Partial<HandoffRecord> => ({
    ledger: {
      ...ledger,
      used: { costUsd: used / 10, handoffs: used, tokens: used * 10 },
      reserved: { costUsd: reserved / 10, handoffs: reserved, tokens: reserved * 10 },
    },
  });

  it('is what the handoffs of each agent have spent, or hold', () => {
    const task = foldTask(
      log(
        ['a requested', balance(0, 0)],
        ['a accepted', balance(0, 5)],
        ['b requested legal', balance(0, 5)],
        ['b accepted legal', balance(0, 7)],
        ['a completed', balance(3, 2)],
        ['c requested', balance(3, 2)],
        ['c accepted', balance(3, 3)],
        ['d requested fraud', balance(3, 3)],
        ['d rejected fraud', balance(3, 3)],
      ),
    );
    expect(takenBy('tokens', task)).toStrictEqual({ billing: 40, legal: 20 });
    expect(takenBy('handoffs', task)).toStrictEqual({ billing: 4, legal: 2 });
    expect(takenBy('costUsd', task)).toStrictEqual({ billing: 0.4, legal: 0.2 });
    expect(takenBy('tokens', foldTask([]))).toStrictEqual({});
  });
});

describe('descendantsOf', () => {
  it('are those below, and below those, in the order of their requests', () => {
    const task = foldTask(
      log(
        ['a requested'],
        ['a accepted'],
        ['b requested', { parents: ['d2', 'd1'] }],
        ['x requested', { parents: ['d3'] }],
        ['c requested', { parents: ['d4', 'd2', 'd3'] }],
        ['d requested', { parents: ['d5', 'd5'] }],
      ),
    );
    const ids = (handoffId: string) =>
      descendantsOf(handoffId, task).map(({ requested }) => requested.handoffId);
    expect(ids('a')).toEqual(['b', 'c', 'd']);
    expect(ids('b')).toEqual(['c', 'd']);
    expect(ids('d')).toEqual([]);
    expect(ids('x')).toEqual([]);
  });
});

describe('visitsTo', () => {
  it('counts the handoffs that were accepted, each once', () => {
    const task = foldTask(
      log(
        ['a requested'],
        ['a accepted'],
        ['a accepted'],
        ['a completed'],
        ['b requested'],
        ['b rejected'],
        ['c requested legal'],
        ['c accepted legal'],
        ['d requested'],
        ['d accepted'],
        ['e requested'],
      ),
    );
    expect(visitsTo('billing', task)).toBe(2);
    expect(visitsTo('legal', task)).toBe(1);
    expect(visitsTo('sales', task)).toBe(0);
  });
});

describe('childrenOf', () => {
  it('finds what continues any record of the handoff, and not what only comes after it', () => {
    const task = foldTask(
      log(
        ['a requested'],
        ['a accepted'],
        ['b requested', { parents: ['d2', 'd2'] }],
        ['c requested', { parents: ['d3', 'd1'] }],
        ['a completed', { parents: ['d4'] }],
        ['d requested', { parents: ['d5'] }],
        ['e requested', { parents: ['d6', 'd3', 'd5'] }],
      ),
    );
    const ids = (of: string) => childrenOf(of, task).map(({ requested }) => requested.handoffId);
    expect(ids('a')).toEqual(['b', 'c', 'e']);
    expect(ids('b')).toEqual(['e']);
    expect(ids('d')).toEqual([]);
    expect(ids('x')).toEqual([]);
  });
});

describe('grantOf', () => {
  it('is what the first acceptance set aside', () => {
    const task = foldTask(
      log(
        ['a requested'],
        ['a accepted', { ledger: granted }],
        ['b requested', { ledger: granted }],
        ['b accepted', { ledger: twice }],
        ['b accepted', { ledger: twice }],
        ['c requested', { ledger: twice }],
      ),
    );
    const nothing = { costUsd: 0, handoffs: 0, tokens: 0 };
    expect(grantOf('a', task)).toEqual({ costUsd: 0.5, handoffs: 1, tokens: 100 });
    expect(grantOf('b', task)).toEqual({ costUsd: 0.25, handoffs: 1, tokens: 50 });
    expect(grantOf('c', task)).toEqual(nothing);
    expect(grantOf('x', task)).toEqual(nothing);
    // A log that was cut off in front.
    expect(grantOf('a', foldTask(log(['a accepted', { ledger: granted }])))).toEqual(nothing);
  });
});

describe('what a record says', () => {
  it.each(recordTypes)('%s', (type) => {
    const [record] = log([`a ${type}`]) as [HandoffRecord];
    expect(isEnd(record)).toBe(['completed', 'failed', 'rejected', 'cancelled'].includes(type));
    expect(statusOf(record)).toBe(
      {
        accepted: 'running',
        'approval-requested': 'awaiting-approval',
        'approval-decided': 'requested',
        joined: 'requested',
        erased: 'requested',
      }[type as 'accepted'] ?? type,
    );
    expect(isTaskRecord(record)).toBe(['joined', 'erased'].includes(type));
  });

  it('is one of ten things', () => {
    expect(recordTypes).toEqual([
      'requested',
      'accepted',
      'completed',
      'failed',
      'rejected',
      'cancelled',
      'approval-requested',
      'approval-decided',
      'joined',
      'erased',
    ]);
  });
});

describe('the balance of a recorded task', () => {
  const sample = sampled(300, 15);
  it(`reserves nothing once all has ended (seed ${sample.seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(logSteps, async (steps) => {
        for (const { records } of await recordTasks(steps)) {
          const task = foldTask(records);
          const running = [...task.handoffs.values()].filter(
            ({ accepted, end, newest }) => accepted && !end && newest.type === 'accepted',
          );
          const { reserved, used } = (task.head as HandoffRecord).ledger;
          expect(running).toEqual([]);
          expect(reserved).toEqual({ costUsd: 0, handoffs: 0, tokens: 0 });
          const accepted = [...task.handoffs.values()].filter((handoff) => handoff.accepted);
          expect(used.handoffs).toBe(accepted.length);
        }
      }),
      sample,
    );
  });
});

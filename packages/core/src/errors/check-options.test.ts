import { describe, expect, it } from 'vitest';
import { checkFields, checkOptions } from './check-options.ts';
import { nearestName } from './nearest-name.ts';

const names = { timeoutMs: true, signal: true, principal: true } as const;

describe('checkOptions', () => {
  it.each([{}, { signal: 1 }, { principal: undefined, timeoutMs: 5 }, Object.create(null)])(
    'takes %o',
    (given) => {
      expect(() => checkOptions('run', given, names)).not.toThrow();
    },
  );

  it.each([
    ['timeout', 'timeoutMs', ' Did you mean "timeoutMs"?'],
    ['Signal', 'signal', ' Did you mean "signal"?'],
    ['task', undefined, ''],
    ['constructor', undefined, ''],
    ['toString', undefined, ''],
    ['__proto__', undefined, ''],
  ])('refuses %s, and says what there is', (name, nearest, asked) => {
    const given = JSON.parse(JSON.stringify({ signal: 1 }).replace('signal', name)) as object;
    expect(() => checkOptions('run', given, names)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: `run has no option "${name}".${asked} Its options are principal, signal, timeoutMs.`,
        details: { option: name, ...(nearest === undefined ? {} : { nearest }) },
      }),
    );
  });

  it('refuses an option that is inherited, as it would be read', () => {
    const inherits = Object.create({ signall: 1 }) as object;
    expect(() => checkOptions('run', inherits, names)).toThrow('"signall"');
    class Options {
      signal = 1;
      describe(): void {}
    }
    expect(() => checkOptions('run', new Options(), names)).not.toThrow();
  });

  it('refuses an option that is there without a value, too', () => {
    expect(() => checkOptions('run', { timeout: undefined }, names)).toThrow('"timeout"');
  });

  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    ['task-1', 'string'],
    [7, 'number'],
    [[], 'a list'],
    [() => {}, 'function'],
  ])('refuses %o, which has no options', (given, kind) => {
    expect(() => checkOptions('run', given, names)).toThrow(
      `run takes its options as an object, not ${kind}: its options are principal, signal, timeoutMs.`,
    );
  });

  it('says where there is no option at all', () => {
    expect(() => checkOptions('pending', { taskId: '1' }, {})).toThrow(
      'pending has no option "taskId". There is none.',
    );
  });

  it('lets pass what is passed on with the rest', () => {
    expect(() => checkOptions('run', { tools: [] }, names, { tools: true })).not.toThrow();
    expect(() => checkOptions('run', { tool: [] }, names, { tools: true })).toThrow('"tool"');
  });
});

describe('checkFields', () => {
  it('says field, under the code that inputs have there', () => {
    expect(() => checkFields('A context', { singal: 1 }, names, 'INVALID_CONTEXT')).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONTEXT',
        message: expect.stringMatching(/^A context has no field "singal". Did you mean "signal"\?/),
        details: { field: 'singal', nearest: 'signal' },
      }),
    );
  });
});

describe('nearestName', () => {
  it.each([
    ['authorise', ['authenticate', 'authorize', 'onError'], 'authorize'],
    ['task', ['status', 'taskId', 'last'], 'taskId'],
    ['canTransferto', ['canTransferTo', 'canDelegateTo'], 'canTransferTo'],
    ['canDelegate', ['canTransferTo', 'canDelegateTo'], 'canDelegateTo'],
    ['taks', ['target', 'task'], 'task'],
    ['id', ['by', 'ids'], 'ids'],
    ['x', ['by', 'ids'], undefined],
    ['', ['by'], undefined],
    ['a'.repeat(200), ['by'], undefined],
    ['by', [], undefined],
  ])('of %s among %o is %s', (given, among, nearest) => {
    expect(nearestName(given, among)).toBe(nearest);
  });
});

import { describe, expect, it } from 'vitest';
import { copyJson } from './copy-json.ts';

describe('copyJson', () => {
  it('gives equal values of any kind', () => {
    for (const value of [
      null,
      'a',
      '',
      0,
      true,
      [],
      {},
      [null, 1, ['b']],
      { a: null, b: { c: [] } },
    ]) {
      expect(copyJson(value)).toStrictEqual(value);
    }
  });

  it('shares no object with what it copied', () => {
    const given = { list: [{ deep: [1] }], object: { deeper: { n: 1 } }, text: 'a' };
    const before = structuredClone(given);
    const copy = copyJson(given);
    copy.list[0]?.deep.push(2);
    copy.list.push({ deep: [] });
    copy.object.deeper.n = 2;
    copy.text = 'b';
    expect(given).toEqual(before);
  });
});

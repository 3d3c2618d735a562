import { expect, it } from 'vitest';
import { isTraceparent } from './traceparent.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';

it('takes a traceparent of W3C Trace Context', () => {
  expect(isTraceparent(`00-${trace}-${span}-01`)).toBe(true);
  expect(isTraceparent(`00-${trace}-0${span.slice(1)}-01`)).toBe(true);
});

it.each([
  `ff-${trace}-${span}-01`,
  `00-${'0'.repeat(32)}-${span}-01`,
  `00-${trace}-${'0'.repeat(16)}-01`,
  `00-${trace.toUpperCase()}-${span}-01`,
  `00-${trace}-${span}`,
  `000-${trace}-${span}-01`,
  `00-${trace}-${span}-01\n`,
  '',
  [`00-${trace}-${span}-01`],
  7,
])('refuses %j', (value) => {
  expect(isTraceparent(value)).toBe(false);
});

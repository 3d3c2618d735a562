/**
 * The smallest whole number from `from` to `to` for which `holds`, where it holds for all larger ones
 * too; `to` where there is none. Asks about as often as the range has binary digits.
 */
export function leastThat(from: number, to: number, holds: (count: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The name that was probably meant: one that begins alike, or differs by few letters; else undefined. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const asked = given.toLowerCase();
  let nearest: string | undefined;
  // A third of the letters may be wrong: what is further off was meant otherwise.
  let least = Math.ceil(asked.length / 3) + 1;
  for (const name of names) {
    const known = name.toLowerCase();
    const beginsAlike =
      Math.min(asked.length, known.length) >= 3 &&
      (known.startsWith(asked) || asked.startsWith(known));
    const distance = beginsAlike ? Math.min(1, distanceOf(asked, known)) : distanceOf(asked, known);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

/** How many letters must be put in, left out or replaced to make one of the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (above[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    above = row;
  }
  return above[other.length] as number;
}

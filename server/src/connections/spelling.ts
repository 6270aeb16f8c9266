// The name somebody may have meant: the nearest of those that there are.

/** The name in `names` that `given` is most likely a misspelling of, if any is near. */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  const wanted = plainly(given)
  const limit = Math.max(2, Math.floor(wanted.length / 5))
  let best: { name: string; distance: number } | undefined
  for (const name of names) {
    const known = plainly(name)
    if (Math.abs(known.length - wanted.length) > limit) continue
    const distance = distanceOf(wanted, known)
    if (distance <= limit && (!best || distance < best.distance)) best = { name, distance }
  }
  return best?.name
}

// How a parameter is called does not tell two operations apart.
const plainly = (name: string): string => name.toLowerCase().replaceAll(/\{[^{}]*\}/g, '{}')

/** Levenshtein's distance: letters to be put in, taken out or replaced. */
function distanceOf(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (before[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (before[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    before = current
  }
  return before[b.length] ?? 0
}

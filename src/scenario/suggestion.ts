/** `-` and `_` are the same: which of them a key has is hard to remember. */
export const plainKey = (key: string): string => key.replaceAll('_', '-')

const mostEdits = 2

/** ` (did you mean "press"?)`, or nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const simple = (text: string) => text.toLowerCase().replaceAll(/[-_ ]/g, '')
  const nearest = known
    .map((candidate) => ({ candidate, edits: edits(simple(word), simple(candidate)) }))
    .sort((a, b) => a.edits - b.edits)[0]
  return nearest && nearest.edits <= mostEdits ? ` (did you mean "${nearest.candidate}"?)` : ''
}

/** Levenshtein's distance. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (const [i, letter] of from.split('').entries()) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (to[j] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

import { UsageError } from './describe-error.ts'

/** What a shell would do something with, outside of single quotes. `$PORT` is ours. */
const shellOnly = /[|&;<>()`*?~#]|\$(?!PORT\b|\{PORT\})/

/**
 * The words of a command line such as `python bot.py --greeting "good morning"`, with quotes and backslashes as in a shell, and
 * nothing else of a shell. Throws a `UsageError`; `from` says in it where the text stands.
 */
export function commandWords(text: string, from: string): readonly string[] {
  const words: string[] = []
  const piece = /\s+|'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|([^\s'"\\]+)/gsy
  let word: string | undefined
  while (piece.lastIndex < text.length) {
    const match = piece.exec(text)
    if (!match) throw new UsageError(`${from}: a quote in ${text} is not closed`)
    const [all, single, double, escaped, plain] = match
    if (/^\s/.test(all)) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    const special = shellOnly.exec(plain ?? double ?? '')?.[0]
    if (special !== undefined) throw new UsageError(noShell(text, special, from))
    word = (word ?? '') + (single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '')
  }
  if (word !== undefined) words.push(word)
  if (words.length === 0 || words[0] === '') throw new UsageError(`${from} names no program`)
  return words
}

const noShell = (text: string, special: string, from: string) =>
  `${from}: ${text} has ${JSON.stringify(special)}, and no shell reads it. Put it in single quotes, or start a shell: ` +
  `command = ["sh", "-c", ${JSON.stringify(text)}]`

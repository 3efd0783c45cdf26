import { type Document, LineCounter, type Node, parseAllDocuments } from 'yaml'
import { FileProblem, type Place } from './file-problem.ts'

const longestExcerpt = 100

/** The text of a scenario file, and what is found to be wrong with it. JSON is read too: YAML contains it. */
export class SourceFile {
  readonly path: string
  readonly problems: FileProblem[] = []
  readonly #text: string
  readonly #lines = new LineCounter()

  constructor(path: string, text: string) {
    this.path = path
    this.#text = text
  }

  /** The documents that are well-formed; the others are problems. */
  documents(): Document.Parsed[] {
    const all = parseAllDocuments(this.#text, { lineCounter: this.#lines, prettyErrors: false })
    const documents = Array.isArray(all) ? all : []
    return documents.filter(({ errors }) => {
      for (const { code, message, pos } of errors) this.report(pos[0], '', describeYamlError(code, message))
      return errors.length === 0
    })
  }

  placeOf(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.path, line: Math.max(1, line), column: Math.max(1, col) }
  }

  /** The text of a node on one line. */
  excerpt(node: Node): string {
    const [start = 0, end = 0] = node.range ?? []
    const text = this.#text.slice(start, end).replaceAll(/\s+/g, ' ').trim()
    return text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)}…` : text
  }

  report(offset: number, field: string, problem: string): void {
    this.problems.push(new FileProblem(this.placeOf(offset), field, problem))
  }

  /** What `read` returns; undefined when it throws a problem, which is kept, so that the rest is read all the same. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error
      this.problems.push(error)
      return undefined
    }
  }
}

function describeYamlError(code: string, message: string): string {
  const hint = code === 'BAD_ALIAS' ? ': in YAML a * begins an alias, so write "*" in quotes' : ''
  return `is neither YAML nor JSON: ${message}${hint}`
}

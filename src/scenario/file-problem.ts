/** Where something stands in a scenario file; lines and columns from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A mistake in a scenario file. The message says where, in which field, and what to write instead. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem'
  readonly place: Place

  constructor(place: Place, field: string, problem: string) {
    const { file, line, column } = place
    super(`${file}:${line}:${column}: ${field === '' ? '' : `${field} `}${problem}`)
    this.place = place
  }
}

/** Files, or a choice among their scenarios, with which nothing can be run. The message has a line for each problem. */
export class UnusableFiles extends Error {
  override readonly name = 'UnusableFiles'
}

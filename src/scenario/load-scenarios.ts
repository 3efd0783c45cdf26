import { readFileSync } from 'node:fs'
import type { Document } from 'yaml'
import { messageOf } from '../lib/errors.ts'
import { FileProblem } from './file-problem.ts'
import { readScenario } from './read-scenario.ts'
import type { Scenario } from './scenario.ts'
import { SourceFile } from './source-file.ts'
import { SourceValue } from './source-value.ts'

export interface LoadedScenarios {
  /** In the order of the files, and in each from the top. */
  readonly scenarios: readonly Scenario[]
  /** With one of them, none of the scenarios is fit to be run. */
  readonly problems: readonly FileProblem[]
}

/** Reads YAML or JSON files, each of one scenario or several documents. */
export function loadScenarios(paths: readonly string[]): LoadedScenarios {
  const files = paths.map(loadFile)
  return {
    scenarios: files.flatMap(({ scenarios }) => scenarios),
    problems: files.flatMap(({ problems }) => problems),
  }
}

function loadFile(path: string): LoadedScenarios {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return { scenarios: [], problems: [problemOf(path, messageOf(error))] }
  }
  const file = new SourceFile(path, text)
  const documents = file
    .documents()
    .map((document) => valueOf(document, file))
    .filter(({ isEmpty }) => !isEmpty)
  const scenarios = documents.flatMap((document) => file.attempt(() => readScenario(document)) ?? [])
  const empty = documents.length === 0 && file.problems.length === 0
  return { scenarios, problems: empty ? [problemOf(path, 'there is no scenario in it')] : inOrder(file.problems) }
}

const valueOf = (document: Document.Parsed, file: SourceFile) =>
  new SourceValue({
    node: document.contents,
    offset: document.contents?.range?.[0] ?? document.range[0],
    field: '',
    file,
    document,
  })

const problemOf = (file: string, problem: string) => new FileProblem({ file, line: 1, column: 1 }, '', problem)

const inOrder = (problems: readonly FileProblem[]): FileProblem[] =>
  problems.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)

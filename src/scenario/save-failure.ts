import { mkdir, writeFile } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import type { ScenarioResult } from './run-scenario.ts'

export interface SavedFailure {
  /** A stereo WAV file: left is the caller, right what the caller heard. */
  readonly recording: string
  /** Every event of the call, as JSON. */
  readonly timeline: string
}

/**
 * Keeps what a failed scenario leaves to be listened to and looked at; a later run writes over it. `taken` are the names
 * that this run has used, for files of one name may lie in several folders.
 */
export async function saveFailure(result: ScenarioResult, folder: string, taken: Set<string>): Promise<SavedFailure> {
  const { scenario } = result
  const base = [basename(scenario.file, extname(scenario.file)), scenario.line, fileName(scenario.name)].join('-')
  let name = base
  for (let i = 2; taken.has(name); i++) name = `${base}-${i}`
  taken.add(name)
  const recording = join(folder, `${name}.wav`)
  const timeline = join(folder, `${name}.json`)
  await mkdir(folder, { recursive: true })
  await writeFile(recording, result.recording())
  await writeFile(timeline, `${JSON.stringify(result.timeline, undefined, 2)}\n`)
  return { recording: relative('.', recording), timeline: relative('.', timeline) }
}

const longestName = 40

const fileName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longestName)
    .replaceAll(/^-|-$/g, '')

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseWav } from '../audio/wav.ts'
import type { Pcm } from '../simulator/audio-track.ts'
import { speech, type SpokenText } from './speech.ts'

/**
 * Audio in a test: the path or `file:` URL of a WAV file, the bytes of one, samples with their rate, or a text to be
 * spoken. A relative path is looked up beside the bot, then in the working directory.
 */
export type AudioSource = string | URL | Uint8Array | Pcm | SpokenText

export interface LoadedAudio {
  /** For messages. */
  readonly name: string
  /** The file, if it is one. */
  readonly file: string | undefined
  readonly pcm: Pcm
  /** Of what is spoken. */
  readonly text?: string
}

export async function loadAudio(source: AudioSource, folder: string): Promise<LoadedAudio> {
  if (source instanceof Uint8Array) return { name: 'a WAV file', file: undefined, pcm: parse(source, 'these bytes') }
  if (typeof source === 'object' && 'samples' in source) {
    const seconds = source.samples.length / source.sampleRateHz
    return { name: `audio of ${seconds.toFixed(1)} s`, file: undefined, pcm: source }
  }
  if (typeof source === 'object' && 'text' in source)
    return { name: `"${source.text}"`, file: undefined, pcm: await speech(source), text: source.text }
  const file = locate(source, folder)
  return { name: nameOf(file), file, pcm: await readWav(file) }
}

export const nameOf = (file: string): string => relative(process.cwd(), file)

export async function readWav(file: string): Promise<Pcm> {
  return parse(await readFile(file), nameOf(file))
}

function locate(source: string | URL, folder: string): string {
  if (source instanceof URL || source.startsWith('file:')) return fileURLToPath(source)
  const places = [...new Set([resolve(folder, source), resolve(source)])]
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new Error(`${source}: there is no file ${places.join(' and none ')}`)
  return found
}

function parse(bytes: Uint8Array, name: string): Pcm {
  const wav = parseWav(bytes)
  if (!wav.ok) throw new TypeError(`${name}: ${`${wav.field} ${wav.problem}`.trimStart()}`)
  return wav.value
}

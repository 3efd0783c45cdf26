import { spawn } from 'node:child_process'
import { parseWav } from '../audio/wav.ts'
import type { Pcm } from './audio-track.ts'

export interface Utterance {
  readonly text: string
  /** `WOMAN`, `MAN` or `Polly.<Name>`. */
  readonly voice: string
  /** As `en-US`. */
  readonly language: string
}

/** What espeak-ng calls differently; of others it knows the part before the hyphen. */
const voiceNames: ReadonlyMap<string, string> = new Map([
  ['en-US', 'en-us'],
  ['en-AU', 'en-gb'],
  ['en-GB', 'en-gb'],
  ['fr-FR', 'fr-fr'],
  ['fr-CA', 'fr-fr'],
  ['pt-BR', 'pt-br'],
  ['es-US', 'es-419'],
])

/** Says it with espeak-ng. Undefined: it is not installed, has not the language, or `signal` came first. */
export async function synthesise({ text, voice, language }: Utterance, signal: AbortSignal): Promise<Pcm | undefined> {
  const name = voiceNames.get(language) ?? /^[a-z]{2,3}(?=-|$)/.exec(language)?.[0] ?? 'en-us'
  const variant = voice === 'MAN' ? '+m3' : '+f2'
  const wav = await outputOf('espeak-ng', ['--stdout', '-v', `${name}${variant}`], text, signal)
  const audio = wav && parseWav(wav)
  return audio?.ok && audio.value.samples.length > 0 ? audio.value : undefined
}

/** What a program writes when it is given `input`. Resolves when it has ended; undefined when it has failed. */
async function outputOf(
  program: string,
  args: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (signal.aborted) return undefined
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  // It may have ended before it has read all.
  child.stdin.on('error', () => undefined)
  child.on('error', () => undefined)
  child.stdin.end(input)
  // `close` comes in every case: `events.once` would reject at the `error` before it.
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return code === 0 ? Buffer.concat(chunks) : undefined
}

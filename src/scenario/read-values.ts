import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseWav } from '../audio/wav.ts'
import { messageOf } from '../lib/errors.ts'
import type { Pcm } from '../simulator/audio-track.ts'
import { plainNumber } from '../simulator/phone-book.ts'
import type { SourceValue } from './source-value.ts'
import { suggestion } from './suggestion.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000 }
const longestMs = 86_400_000

/** Undefined when it is no time with its unit. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min)$/.exec(text.trim()) ?? []
  const ms = Number(number) * (unitMs[unit] ?? Number.NaN)
  return ms <= longestMs ? ms : undefined
}

export function readDuration(value: SourceValue): number {
  const text = value.text('a time')
  return parseDuration(text) ?? value.fail(`must be a time with its unit, such as 500ms or 2s, got "${text}"`)
}

export function readNumber(value: SourceValue, { least, most }: { least: number; most: number }, unit = ''): number {
  const text = value.text('a number')
  const number = Number(unit === '' ? text : text.replace(new RegExp(`\\s*${unit}$`, 'i'), ''))
  if (text.trim() !== '' && number >= least && number <= most) return number
  return value.fail(`must be a number from ${least} to ${most}${unit === '' ? '' : ` ${unit}`}, got "${text}"`)
}

export function readChoice<const T extends string>(value: SourceValue, choices: readonly T[]): T {
  const text = value.text(choices.join(', '))
  const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase())
  return found ?? value.fail(`must be ${choices.join(', ')}, got "${text}"${suggestion(text, choices)}`)
}

/** From 0 to 1: `2%` or `0.02`. */
export function readShare(value: SourceValue): number {
  const text = value.text('a share')
  const [, number, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? []
  const share = Number(number) / (percent === '%' ? 100 : 1)
  return share <= 1 ? share : value.fail(`must be a share such as 2% or 0.02, got "${text}"`)
}

/** Digits as Plivo writes them, from a number that may have a `+`, or a `sip:` URI. Undefined when it is neither. */
export function parseNumber(text: string): string | undefined {
  const number = plainNumber(text)
  return /^(?:\d{3,15}|sips?:\S+@\S+)$/i.test(number) ? number : undefined
}

export function readUrl(value: SourceValue): string {
  const text = value.text('a URL')
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text
  return value.fail(`must be a URL that begins with http:// or https://, got "${text}"`)
}

export function readKeys(value: SourceValue): string {
  const what = 'keys of 0-9 * # A-D, in quotes, such as "12#"'
  const text = value.text(what).toUpperCase()
  return /^[0-9*#A-D]+$/.test(text) ? text : value.fail(`must be ${what}, got "${text}"`)
}

export interface WavFile {
  /** Absolute. */
  readonly file: string
  readonly audio: Pcm
}

/** The path is relative to the scenario file. */
export function readWavFile(value: SourceValue, path: string): WavFile {
  const file = resolve(dirname(value.place.file), path)
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return value.fail(missing ? `is "${path}", and there is no file ${file}` : `cannot be read: ${messageOf(error)}`)
  }
  const wav = parseWav(bytes)
  if (!wav.ok) return value.fail(`is "${path}", which cannot be used: ${`${wav.field} ${wav.problem}`.trim()}`)
  return { file, audio: wav.value }
}

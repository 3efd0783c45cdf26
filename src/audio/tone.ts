import { amplitudeOf, dbfsOfEnergy, rmsDbfs } from './level.ts'

export interface ToneOptions {
  readonly frequencyHz: number
  readonly durationMs: number
  readonly sampleRateHz: number
  /** 0 is a full-scale sine. Default −12. */
  readonly levelDbfs?: number
}

/** Both ends of a tone fade over this long, so that they do not click. */
const fadeMs = 5

const samplesOf = (ms: number, sampleRateHz: number): number => Math.round((ms * sampleRateHz) / 1000)

export const silence = (durationMs: number, sampleRateHz: number): Int16Array =>
  new Int16Array(samplesOf(durationMs, sampleRateHz))

/** A sine with a short fade at both ends. */
export const tone = ({ frequencyHz, durationMs, sampleRateHz, levelDbfs = -12 }: ToneOptions): Int16Array => {
  const amplitude = amplitudeOf(levelDbfs)
  const radiansPerSample = (2 * Math.PI * frequencyHz) / sampleRateHz
  const fade = samplesOf(fadeMs, sampleRateHz)
  return silence(durationMs, sampleRateHz).map((_, i, { length }) => {
    const gain = Math.min(1, i / fade, (length - 1 - i) / fade)
    return Math.round(amplitude * gain * Math.sin(radiansPerSample * i))
  })
}

/** Level in dBFS of one frequency, measured over all of `samples`; the more of them, the narrower the filter. */
export const goertzel = (samples: Int16Array, sampleRateHz: number, frequencyHz: number): number => {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz)
  let last = 0
  let beforeLast = 0
  for (const sample of samples) {
    const next = sample + coefficient * last - beforeLast
    beforeLast = last
    last = next
  }
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast
  return dbfsOfEnergy((2 * power) / samples.length, samples.length)
}

/** A keypad as ITU-T Q.23 lays it out: a key sounds the frequency of its row and that of its column. */
const rowsHz = [697, 770, 852, 941]
const columnsHz = [1209, 1336, 1477, 1633]
const keys = ['123A', '456B', '789C', '*0#D']

/** Quieter than this a frequency is noise. */
const leastDbfs = -40
/** One frequency may be this much louder than the other; Q.24 lists 4 to 10 dB by country. */
const mostTwistDb = 10
/** Of all the power, the part that must lie in the two frequencies. In speech it is spread. */
const leastShare = 0.7

const powerOf = (dbfs: number): number => 10 ** (dbfs / 10)

/** The sound of a key, one of `0-9 * # A-D`; each of its two frequencies at −12 dBFS. */
export const dtmfTone = (digit: string, durationMs: number, sampleRateHz: number): Int16Array => {
  const row = keys.findIndex((row) => digit.length === 1 && row.includes(digit))
  const columnHz = columnsHz[keys[row]?.indexOf(digit) ?? -1]
  const rowHz = rowsHz[row]
  if (rowHz === undefined || columnHz === undefined) throw new RangeError(`no key "${digit}"`)
  const low = tone({ frequencyHz: rowHz, durationMs, sampleRateHz })
  const high = tone({ frequencyHz: columnHz, durationMs, sampleRateHz })
  return low.map((sample, i) => sample + (high[i] ?? 0))
}

/** The key that sounds throughout `samples`. Give it 40 ms or more. */
export const detectDtmf = (samples: Int16Array, sampleRateHz: number): string | undefined => {
  const strongest = (frequenciesHz: readonly number[]) => {
    const levels = frequenciesHz.map((frequencyHz) => goertzel(samples, sampleRateHz, frequencyHz))
    const dbfs = Math.max(...levels)
    return { dbfs, index: levels.indexOf(dbfs) }
  }
  const row = strongest(rowsHz)
  const column = strongest(columnsHz)
  if (Math.min(row.dbfs, column.dbfs) < leastDbfs) return undefined
  if (Math.abs(row.dbfs - column.dbfs) > mostTwistDb) return undefined
  if (powerOf(row.dbfs) + powerOf(column.dbfs) < leastShare * powerOf(rmsDbfs(samples))) return undefined
  return keys[row.index]?.[column.index]
}

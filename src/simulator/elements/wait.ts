import { sleep } from '../../lib/clock.ts'
import { AttributeReader } from '../attribute-reader.ts'
import type { CallContext } from '../call-context.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

const defaultMinSilenceMs = 2_000
const beepDefaults = { duration: 300, threshold: 256 }

/** Section 6.9. With `silence` it ends early, when the caller has been quiet; with `beep`, after one that long and loud. */
export const wait: ElementKind = {
  attributes: ['length', 'silence', 'minSilence', 'min_silence', 'beep'],
  run: async (element, call) => {
    const { clock, line, halted, timeline } = call
    const read = new AttributeReader(element, (text) => timeline.warn(text))
    const lengthMs = read.whole('length', { least: 1, standard: 1 }) * 1000
    const beep = read.text('beep')
    const silence = read.boolean('silence', false)
    if (!silence && beep === undefined) {
      await sleep(clock, lengthMs, halted)
      return nextElement
    }
    const olderMs = read.whole('min_silence', { least: 1, standard: defaultMinSilenceMs })
    const minSilenceMs = read.whole('minSilence', { least: 1, standard: olderMs })
    const beeped = beep === undefined ? () => false : watchForBeep(beep, call)
    const startedAt = clock.monotonic()
    await line.when(() => {
      const now = clock.monotonic()
      const quietMs = now - Math.max(startedAt, line.caller.lastHeardAt)
      return (silence && quietMs >= minSilenceMs) || beeped() || now - startedAt >= lengthMs
    }, halted)
    return nextElement
  },
}

/** Asked at every tick: whether a sound of that length and loudness has just ended. */
function watchForBeep(settings: string, { line, clock }: CallContext): () => boolean {
  const given = new URLSearchParams(settings.replaceAll(',', '&'))
  const durationMs = Number(given.get('duration') ?? beepDefaults.duration)
  const threshold = Number(given.get('threshold') ?? beepDefaults.threshold)
  let soundSince: number | undefined
  return () => {
    const { samples } = line.said.slice(line.said.keptMs - 20)
    const now = clock.monotonic()
    if (samples.some((sample) => Math.abs(sample) > threshold)) {
      soundSince ??= now
      return false
    }
    const lastedMs = soundSince === undefined ? 0 : now - soundSince
    soundSince = undefined
    return lastedMs >= durationMs
  }
}

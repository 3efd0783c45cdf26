import { sleep } from '../../lib/clock.ts'
import { AttributeReader } from '../attribute-reader.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

const defaultMinSilenceMs = 2_000

/** Section 6.9. With `silence` it ends early, when the caller has been quiet; `beep` is not simulated. */
export const wait: ElementKind = {
  attributes: ['length', 'silence', 'minSilence', 'min_silence', 'beep'],
  run: async (element, { clock, line, over, timeline }) => {
    const read = new AttributeReader(element, (text) => timeline.warn(text))
    const lengthMs = read.whole('length', { least: 1, standard: 1 }) * 1000
    if (read.text('beep') !== undefined) timeline.warn('Wait beep is not simulated: it waits its whole length')
    if (!read.boolean('silence', false)) {
      await sleep(clock, lengthMs, over)
      return nextElement
    }
    const minSilenceMs = read.whole('minSilence', { least: 1, standard: defaultMinSilenceMs })
    const startedAt = clock.monotonic()
    await line.when(() => {
      const now = clock.monotonic()
      const quietMs = now - Math.max(startedAt, line.caller.lastHeardAt)
      return quietMs >= minSilenceMs || now - startedAt >= lengthMs
    })
    return nextElement
  },
}

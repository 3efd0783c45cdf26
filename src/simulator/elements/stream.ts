import { addAbortListener } from 'node:events'
import { describeFailure } from '../../lib/parsed.ts'
import { parseStream, streamAttributes } from '../stream-settings.ts'
import { StreamSession } from '../stream-session.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Section 3. Without `keepCallAlive` the next element runs at once, beside the stream. */
export const stream: ElementKind = {
  attributes: streamAttributes,
  check: (element) => {
    const settings = parseStream(element, () => undefined)
    return settings.ok ? undefined : describeFailure(settings)
  },
  run: async (element, call) => {
    const { timeline, line, assumptions } = call
    const settings = parseStream(element, (text) => timeline.warn(text))
    if (!settings.ok) {
      timeline.warn(`Stream was skipped: ${describeFailure(settings)}`)
      return nextElement
    }
    if (line.stream) {
      timeline.warn('a Stream came while another was open')
      if (assumptions.secondStream === 'ignore') return nextElement
      line.stream.stop()
    }
    const session = new StreamSession(call, settings.value)
    if (!settings.value.keepCallAlive) {
      call.inBackground(session.run())
      return nextElement
    }
    using _hold = call.holdTransfers()
    using _transferred = addAbortListener(call.halted, () => session.stop())
    await session.run()
    return nextElement
  },
}

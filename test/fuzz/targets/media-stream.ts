import { l16At16k, l16At8k, mulaw8k } from '../../../src/audio/format.ts'
import { ManualClock } from '../../../src/lib/manual-clock.ts'
import { resolveAssumptions } from '../../../src/simulator/assumptions.ts'
import { MediaStream } from '../../../src/simulator/index.ts'
import { botMessage, streamId } from '../messages.ts'
import { check, type Target } from '../target.ts'

/** A bot's messages in memory, with time in between: Plivo's side keeps its promises whatever comes. */
export const mediaStream: Target = {
  name: 'media-stream',
  side: 'simulator',
  share: 0.6,
  roundCases: 2000,
  run(random, cases) {
    const sent: string[] = []
    const stream = new MediaStream({
      socket: { send: (text) => void sent.push(text) },
      format: random.pick(mulaw8k, l16At8k, l16At16k),
      callId: '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11',
      streamId,
      accountId: 'MAEXAMPLE00000000000',
      bidirectional: random.chance(0.9),
      clock: new ManualClock(),
      assumptions: resolveAssumptions({ playFailedEvents: random.chance(0.5), maxQueuedMs: random.pick(60_000, 200) }),
    })
    stream.start()
    for (let i = 0; i < cases; i++) {
      stream.receive(botMessage(random))
      while (random.chance(0.4)) stream.tick({})
      if (random.chance(0.01)) stream.press(random.pick('0', '#', 'D'))
    }
    checkSent(sent)
  },
}

function checkSent(sent: readonly string[]): void {
  let next = 0
  let chunk = 1
  for (const text of sent) {
    const message: { event: string; sequenceNumber?: number; media?: { chunk: number } } = JSON.parse(text)
    if (message.event === 'playFailed') continue
    check(message.sequenceNumber === next++, `sequenceNumber ${message.sequenceNumber} where ${next - 1} was due`)
    if (message.media) check(message.media.chunk === chunk++, `chunk ${message.media.chunk} where ${chunk - 1} was due`)
  }
}

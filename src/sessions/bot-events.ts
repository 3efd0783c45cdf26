import type { CarrierMessage } from '../plivo/stream-messages.ts'
import type { BotEvent } from '../sdk/protocol.ts'

/** What a carrier message tells a bot, in the words of the SDK protocol. */
export function toBotEvents(raw: string, message: CarrierMessage | undefined): readonly BotEvent[] {
  const asItCame: BotEvent = { type: 'message', raw }
  switch (message?.event) {
    case 'media': {
      const { payload, track, timestamp, chunk } = message.media
      return [
        {
          type: 'audio',
          audio: Buffer.from(payload, 'base64'),
          track,
          ...(timestamp !== undefined && { timestampMs: timestamp }),
          ...(chunk !== undefined && { chunk }),
        },
      ]
    }
    case 'dtmf':
      return [{ type: 'dtmf', digit: message.dtmf.digit }, asItCame]
    case 'playedStream':
      return [{ type: 'checkpoint-played', name: message.name }, asItCame]
    default:
      return [asItCame]
  }
}

import { changedJson, mutatedJson } from './mutations.ts'
import type { Random } from './random.ts'

export const streamId = '0f6f0a44-3f1d-4a52-9a0b-6f1f5f1f2c33'

/** From the bot to Plivo: what section 4.3 has, and what is like it. */
export const botMessage = (random: Random): string => mutatedJson(random, rightBotMessage(random))

function rightBotMessage(random: Random): object {
  const withId = random.chance(0.5) ? { streamId } : {}
  switch (random.below(6)) {
    case 0:
      return { event: 'checkpoint', ...withId, name: random.pick('turn-1', 'turn-2', random.text()) }
    case 1:
      return { event: 'clearAudio', ...withId }
    case 2:
      return { event: 'sendDTMF', dtmf: random.pick('1', '12#', 'A*', random.text()) }
    case 3:
      return { event: random.text(), ...withId }
    default:
      return { event: 'playAudio', ...withId, media: botAudio(random) }
  }
}

const botAudio = (random: Random) => ({
  contentType: random.pick('audio/x-mulaw', 'audio/x-l16', 'raw', 'wav', random.text()),
  sampleRate: random.pick<unknown>(8000, '8000', 16_000, random.json(1)),
  payload: random.chance(0.9)
    ? random.bytes(random.below(random.chance(0.02) ? 40_000 : 400)).toString('base64')
    : random.text(),
})

/** From Plivo to the server: what section 4.2 has, and what is like it. */
export const carrierMessage = (random: Random, callId: string): string =>
  mutatedJson(random, rightCarrierMessage(random, callId))

/** Mostly such that a stream goes on after it. */
export const bearableCarrierMessage = (random: Random, callId: string): string =>
  (random.chance(0.98) ? changedJson : mutatedJson)(random, rightCarrierMessage(random, callId))

function rightCarrierMessage(random: Random, callId: string): object {
  const envelope = { sequenceNumber: random.below(1000), streamId, extra_headers: '{}' }
  const timestamp = String(1_768_472_998_000 + random.below(1e6))
  switch (random.below(9)) {
    case 0:
      return startMessage(callId)
    case 1:
      return {
        ...envelope,
        event: 'dtmf',
        dtmf: { track: 'inbound', digit: random.pick('5', '0', random.text()), timestamp },
      }
    case 2:
      return { ...envelope, event: 'playedStream', name: random.text() }
    case 3:
      return { ...envelope, event: 'clearedAudio' }
    case 4:
      return { event: random.pick('stop', 'playFailed', 'muteStream', random.text()), streamId, reason: random.text() }
    default: {
      const payload = random.bytes(random.chance(0.9) ? 160 : random.below(2000)).toString('base64')
      return { ...envelope, event: 'media', media: { track: 'inbound', timestamp, chunk: random.below(1000), payload } }
    }
  }
}

export const startMessage = (callId: string) => ({
  sequenceNumber: 0,
  event: 'start',
  start: {
    callId,
    streamId,
    accountId: 'MAEXAMPLE00000000000',
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000 },
  },
  extra_headers: 'tenant=acme,session=42',
})

/** Plivo's stream messages, written and read by hand: the generator must stay cheap, and shares nothing with the server. */
import { randomBytes } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = new Uint8Array(256)
for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value

/**
 * The payload is 160 bytes of mu-law in base64: the call (24 bits), the frame (24 bits), then noise that is the same in
 * all frames. So a reply names its frame, and can be checked byte by byte without being decoded.
 */
const noise = randomBytes(154).toString('base64')
const noiseBytes = Buffer.from(noise, 'latin1')
const payloadStart = Buffer.from('"payload":"', 'latin1')
const payloadLength = 8 + noise.length
const checkpointEvent = Buffer.from('"checkpoint"', 'latin1')

export const startMessage = (callId: string, streamId: string): string =>
  `{"sequenceNumber":0,"event":"start","start":{"callId":"${callId}","streamId":"${streamId}",` +
  `"accountId":"MAEXAMPLE00000000000","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000}},` +
  `"extra_headers":"{}"}`

export const mediaMessage = (streamId: string, call: number, frame: number): string =>
  `{"sequenceNumber":${frame + 1},"streamId":"${streamId}","event":"media","media":{"track":"inbound",` +
  `"timestamp":"${1_768_472_998_000 + frame * 20}","chunk":${frame + 1},"payload":"${encode24(call)}${encode24(frame)}${noise}"},` +
  `"extra_headers":"{}"}`

/** What Plivo says once all that came before a checkpoint has been played. */
export const playedMessage = (streamId: string, sequenceNumber: number, name: string): string =>
  `{"sequenceNumber":${sequenceNumber},"event":"playedStream","streamId":"${streamId}","name":${JSON.stringify(name)}}`

/** The name in a checkpoint that a server sends; undefined: the message is something else. */
export function readCheckpoint(message: Buffer): string | undefined {
  if (!message.includes(checkpointEvent)) return undefined
  const { name } = JSON.parse(message.toString('utf8')) as { readonly name?: string }
  return name
}

/** The frame of `call` that a server's message echoes; `damaged` when it is not that byte for byte. */
export function readEcho(message: Buffer, call: number): number | 'damaged' | 'no audio' {
  const found = message.indexOf(payloadStart)
  if (found < 0) return 'no audio'
  const at = found + payloadStart.length
  const noiseAt = at + 8
  const end = at + payloadLength
  const whole = message[end] === 0x22 && noiseBytes.compare(message, noiseAt, end) === 0
  return whole && decode24(message, at) === call ? decode24(message, at + 4) : 'damaged'
}

const digit = (number: number, shift: number) => alphabet.charAt((number >>> shift) & 63)

const encode24 = (number: number) => digit(number, 18) + digit(number, 12) + digit(number, 6) + digit(number, 0)

const decode24 = (bytes: Buffer, at: number) =>
  (valueAt(bytes, at) << 18) | (valueAt(bytes, at + 1) << 12) | (valueAt(bytes, at + 2) << 6) | valueAt(bytes, at + 3)

const valueAt = (bytes: Buffer, at: number) => values[bytes[at] ?? 0] ?? 0

/** Events and commands as frames and back. Anything malformed throws `FramingError`: the connection is of no use then. */
import { type Frame, type FrameWriter, FramingError, frameType } from './frames.ts'
import type { BotCommand, BotEvent, UtteranceReport } from './protocol.ts'

/** Audio event: track (u8), chunk (u32, 0 when unknown), timestamp in ms (f64, NaN when unknown), samples. */
const audioHeaderBytes = 13

/** Utterance report: utterance (u32), ms sent (f64), ms heard (f64), how it finished (u8, an index of `finishes`). */
const reportLength = 21
const finishes = ['not yet', 'heard', 'bot', 'hang-up'] as const

export function writeEvent(writer: FrameWriter, call: number, event: BotEvent): void {
  switch (event.type) {
    case 'audio': {
      const header = Buffer.allocUnsafe(audioHeaderBytes)
      header.writeUInt8(event.track === 'inbound' ? 0 : 1, 0)
      header.writeUInt32BE((event.chunk ?? 0) >>> 0, 1)
      header.writeDoubleBE(event.timestampMs ?? Number.NaN, 5)
      writer.write(frameType.audio, call, event.audio, header)
      return
    }
    case 'dtmf':
      writer.writeText(frameType.dtmf, call, event.digit)
      return
    case 'checkpoint-played':
      writer.writeText(frameType.checkpointPlayed, call, event.name)
      return
    case 'message':
      writer.writeText(frameType.message, call, event.raw)
      return
    case 'utterance':
      writer.write(frameType.utterance, call, reportBytes(event.report))
  }
}

/** Returns undefined for a frame that is no event. */
export function readEvent(frame: Frame): BotEvent | undefined {
  const { type, payload } = frame
  switch (type) {
    case frameType.audio:
      return readAudio(payload)
    case frameType.dtmf:
      return { type: 'dtmf', digit: payload.toString('utf8') }
    case frameType.checkpointPlayed:
      return { type: 'checkpoint-played', name: payload.toString('utf8') }
    case frameType.message:
      return { type: 'message', raw: payload.toString('utf8') }
    case frameType.utterance:
      return { type: 'utterance', report: readReport(payload) }
    default:
      return undefined
  }
}

export function writeCommand(writer: FrameWriter, call: number, command: BotCommand): void {
  switch (command.type) {
    case 'write':
      writer.write(frameType.write, call, command.audio)
      return
    case 'play':
      writer.write(frameType.play, call, command.audio, utteranceBytes(command.utterance))
      return
    case 'play-end':
      writer.write(frameType.playEnd, call, utteranceBytes(command.utterance))
      return
    case 'stop':
      writer.write(frameType.stop, call, utteranceBytes(command.utterance))
      return
    case 'clear':
      writer.write(frameType.clear, call)
      return
    case 'checkpoint':
      writer.writeText(frameType.checkpoint, call, command.name)
      return
    case 'send-digits':
      writer.writeText(frameType.sendDigits, call, command.digits)
      return
    case 'hang-up':
      writer.write(frameType.hangUp, call)
      return
    case 'message':
      writer.writeText(frameType.rawMessage, call, command.raw)
  }
}

/** Returns undefined for a frame that is no command. */
export function readCommand(frame: Frame): BotCommand | undefined {
  const { type, payload } = frame
  switch (type) {
    case frameType.write:
      return { type: 'write', audio: payload }
    case frameType.play:
      return { type: 'play', utterance: readUtterance(payload), audio: payload.subarray(4) }
    case frameType.playEnd:
      return { type: 'play-end', utterance: readUtterance(payload) }
    case frameType.stop:
      return { type: 'stop', utterance: readUtterance(payload) }
    case frameType.clear:
      return { type: 'clear' }
    case frameType.checkpoint:
      return { type: 'checkpoint', name: payload.toString('utf8') }
    case frameType.sendDigits:
      return { type: 'send-digits', digits: payload.toString('utf8') }
    case frameType.hangUp:
      return { type: 'hang-up' }
    case frameType.rawMessage:
      return { type: 'message', raw: payload.toString('utf8') }
    default:
      return undefined
  }
}

function readAudio(payload: Buffer): BotEvent {
  if (payload.length < audioHeaderBytes) throw new FramingError('an audio event without its header')
  const chunk = payload.readUInt32BE(1)
  const timestampMs = payload.readDoubleBE(5)
  return {
    type: 'audio',
    audio: payload.subarray(audioHeaderBytes),
    track: payload[0] === 0 ? 'inbound' : 'outbound',
    ...(chunk > 0 && { chunk }),
    ...(!Number.isNaN(timestampMs) && { timestampMs }),
  }
}

function reportBytes({ utterance, sentMs, finished }: UtteranceReport): Buffer {
  const bytes = Buffer.allocUnsafe(reportLength)
  bytes.writeUInt32BE(utterance, 0)
  bytes.writeDoubleBE(sentMs, 4)
  bytes.writeDoubleBE(finished?.heardMs ?? 0, 12)
  bytes.writeUInt8(finished ? finishes.indexOf(finished.cutBy ?? 'heard') : 0, 20)
  return bytes
}

function readReport(payload: Buffer): UtteranceReport {
  if (payload.length < reportLength) throw new FramingError('an utterance report that is too short')
  const finish = finishes[payload.readUInt8(20)]
  if (finish === undefined) throw new FramingError(`an utterance that finished in way ${payload.readUInt8(20)}`)
  const report = { utterance: payload.readUInt32BE(0), sentMs: payload.readDoubleBE(4) }
  if (finish === 'not yet') return report
  const heardMs = payload.readDoubleBE(12)
  return { ...report, finished: finish === 'heard' ? { heardMs } : { heardMs, cutBy: finish } }
}

export function readJson(frame: Frame): unknown {
  try {
    return JSON.parse(frame.payload.toString('utf8'))
  } catch (cause) {
    throw new FramingError(`frame type ${frame.type} holds no JSON`, { cause })
  }
}

function utteranceBytes(utterance: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(utterance, 0)
  return bytes
}

function readUtterance(payload: Buffer): number {
  if (payload.length < 4) throw new FramingError('a frame without its utterance number')
  return payload.readUInt32BE(0)
}

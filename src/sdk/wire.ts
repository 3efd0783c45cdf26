/** Events and commands as frames and back. Anything malformed throws `FramingError`: the connection is of no use then. */
import { type Frame, type FrameWriter, FramingError, frameType } from './frames.ts'
import { type ControlFailure, controlFailureCodes } from './control.ts'
import type { BotCommand, BotEvent, StopBy, UtteranceReport } from './protocol.ts'

/** Audio event: track (u8), chunk (u32, 0 when unknown), timestamp in ms (f64, NaN when unknown), samples. */
const audioHeaderBytes = 13

/** Utterance report: utterance (u32); ms sent, heard and uncertain (f64 each); how it finished (u8, an index of `finishes`). */
const reportLength = 29
const finishes = ['not yet', 'heard', 'bot', 'hang-up', 'speech', 'key'] as const

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
      return
    case 'reply': {
      const { type: _, ...reply } = event
      writer.writeJson(frameType.reply, call, reply)
    }
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
    case frameType.reply:
      return readReply(readJson(frame))
    default:
      return undefined
  }
}

export function writeCommand(writer: FrameWriter, call: number, command: BotCommand): void {
  switch (command.type) {
    case 'write':
      writer.write(frameType.write, call, command.audio, numberBytes(command.utterance))
      return
    case 'play':
      writer.write(frameType.play, call, command.audio, numberBytes(command.utterance))
      return
    case 'play-end':
      writer.write(frameType.playEnd, call, numberBytes(command.utterance))
      return
    case 'stop':
      writer.write(frameType.stop, call, stopBytes(command.utterance, command.by))
      return
    case 'clear':
      writer.write(frameType.clear, call)
      return
    case 'checkpoint':
      writer.writeText(frameType.checkpoint, call, command.name)
      return
    case 'request':
      writer.writeJson(frameType.request, call, { id: command.id, request: command.request })
      return
    case 'cancel':
      writer.write(frameType.cancel, call, stopBytes(command.id, command.by))
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
      return { type: 'write', utterance: readNumber(payload), audio: payload.subarray(4) }
    case frameType.play:
      return { type: 'play', utterance: readNumber(payload), audio: payload.subarray(4) }
    case frameType.playEnd:
      return { type: 'play-end', utterance: readNumber(payload) }
    case frameType.stop:
      return { type: 'stop', utterance: readNumber(payload), by: readStopBy(payload) }
    case frameType.clear:
      return { type: 'clear' }
    case frameType.checkpoint:
      return { type: 'checkpoint', name: payload.toString('utf8') }
    case frameType.request:
      return readRequest(readJson(frame))
    case frameType.cancel:
      return { type: 'cancel', id: readNumber(payload), by: readStopBy(payload) }
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

function reportBytes({ utterance, sentMs, heardMs, uncertaintyMs, finished }: UtteranceReport): Buffer {
  const bytes = Buffer.allocUnsafe(reportLength)
  bytes.writeUInt32BE(utterance, 0)
  bytes.writeDoubleBE(sentMs, 4)
  bytes.writeDoubleBE(heardMs, 12)
  bytes.writeDoubleBE(uncertaintyMs, 20)
  bytes.writeUInt8(finished ? finishes.indexOf(finished.cutBy ?? 'heard') : 0, 28)
  return bytes
}

function readReport(payload: Buffer): UtteranceReport {
  if (payload.length < reportLength) throw new FramingError('an utterance report that is too short')
  const finish = finishes[payload.readUInt8(28)]
  if (finish === undefined) throw new FramingError(`an utterance that finished in way ${payload.readUInt8(28)}`)
  const report = {
    utterance: payload.readUInt32BE(0),
    sentMs: payload.readDoubleBE(4),
    heardMs: payload.readDoubleBE(12),
    uncertaintyMs: payload.readDoubleBE(20),
  }
  if (finish === 'not yet') return report
  return { ...report, finished: finish === 'heard' ? {} : { cutBy: finish } }
}

function readRequest(value: unknown): BotCommand {
  if (!isRecord(value) || typeof value['id'] !== 'number') throw new FramingError('a request without its number')
  return { type: 'request', id: value['id'], request: value['request'] }
}

function readReply(value: unknown): BotEvent {
  if (!isRecord(value) || typeof value['id'] !== 'number') throw new FramingError('a reply without its number')
  const { id, failure } = value
  if (failure === undefined) return { type: 'reply', id, result: value['result'] }
  return { type: 'reply', id, failure: readFailure(failure) }
}

function readFailure(value: unknown): ControlFailure {
  if (!isRecord(value)) throw new FramingError('a failure that is no object')
  const { message, fix } = value
  const code = controlFailureCodes.find((one) => one === value['code'])
  if (code === undefined || typeof message !== 'string') throw new FramingError('a failure without code or message')
  return { code, message, ...(typeof fix === 'string' && { fix }) }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export function readJson(frame: Frame): unknown {
  try {
    return JSON.parse(frame.payload.toString('utf8'))
  } catch (cause) {
    throw new FramingError(`frame type ${frame.type} holds no JSON`, { cause })
  }
}

export function numberBytes(number: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(number, 0)
  return bytes
}

/** Who stopped it, as in `finishes`. */
function stopBytes(number: number, by: StopBy): Buffer {
  return Buffer.concat([numberBytes(number), Uint8Array.of(finishes.indexOf(by))])
}

function readStopBy(payload: Buffer): StopBy {
  if (payload.length < 5) throw new FramingError('a stop that does not say who wants it')
  const by = finishes[payload.readUInt8(4)]
  return by === 'speech' || by === 'key' ? by : 'bot'
}

export function readNumber(payload: Buffer): number {
  if (payload.length < 4) throw new FramingError('a frame without its number')
  return payload.readUInt32BE(0)
}

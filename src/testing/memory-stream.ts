import type { AudioFormat } from '../audio/format.ts'
import { dtmfTone, silence } from '../audio/tone.ts'
import { fromPcm16, toPcm16 } from '../audio/transcode.ts'
import type { Clock } from '../lib/clock.ts'
import { parseCarrierMessage } from '../plivo/stream-codec.ts'
import type { StartMessage } from '../plivo/stream-messages.ts'
import type { CarrierStream, Session } from '../sessions/session.ts'
import { defaultAssumptions } from '../simulator/assumptions.ts'
import { telephoneRateHz } from '../simulator/audio-track.ts'
import type { Line, LineStream } from '../simulator/line.ts'
import { MediaStream, type MediaStreamEvent } from '../simulator/media-stream.ts'
import type { Timeline } from '../simulator/timeline.ts'

interface MemoryStreamOptions {
  readonly callId: string
  readonly format: AudioFormat
  readonly clock: Clock
  readonly line: Line
  readonly timeline: Timeline
  readonly session: Session
  readonly onStarted: () => void
  /** The stream is closed, whoever closed it. */
  readonly onClosed: () => void
}

/** The same in every call, so that its timeline is. */
const streamId = '00000000-0000-4000-8000-000000000002'
const sentDigitMs = 160
const sentPauseMs = 80

/**
 * Plivo's stream and the session's socket in one, without a socket between them. Every message is encoded and parsed as
 * on the wire, and arrives in order, in a microtask of its own.
 */
export class MemoryStream implements LineStream, CarrierStream {
  readonly format: AudioFormat
  readonly #options: MemoryStreamOptions
  readonly #media: MediaStream
  readonly #startMs: number
  #open = true
  #started = false

  /** Connects and starts. */
  constructor(options: MemoryStreamOptions) {
    const { callId, format, clock, line, timeline, session } = options
    this.#options = options
    this.format = format
    this.#startMs = line.positionMs
    this.#media = new MediaStream({
      socket: { send: (text) => queueMicrotask(() => this.#toSession(text)) },
      format,
      callId,
      streamId,
      accountId: 'MAEXAMPLE00000000000',
      clock,
      assumptions: defaultAssumptions,
      onEvent: (event) => this.#note(event),
    })
    timeline.add({ type: 'stream-connected', url: 'memory:', attempt: 1 })
    session.connect(this)
    this.#media.start()
    timeline.add({ type: 'stream-started', streamId, format })
  }

  get open(): boolean {
    return this.#open
  }

  tick(said: Int16Array | undefined): Int16Array | undefined {
    if (!this.#open) return undefined
    const played = this.#media.tick({ inbound: said && fromPcm16(said, this.format) })
    return played && toPcm16(played, this.format)
  }

  press(digit: string): void {
    if (this.#open) this.#media.press(digit)
  }

  /** Plivo closes the stream. */
  stop(): void {
    this.#end('plivo', 1000, '')
  }

  /** The session sends something. */
  send(text: string): void {
    queueMicrotask(() => {
      if (this.#open) this.#media.receive(text)
    })
  }

  /** The session closes the stream. */
  close(code: number, reason: string): void {
    queueMicrotask(() => this.#end('server', code, reason))
  }

  #toSession(text: string): void {
    const message = parseCarrierMessage(text)
    if (!message.ok) throw new Error(`the simulator sent what nobody can read: ${text}`)
    if (this.#started) this.#options.session.receive(text, message.value)
    else if (message.value.event === 'start') this.#begin(message.value, text)
  }

  #begin(start: StartMessage, raw: string): void {
    this.#started = true
    this.#options.onStarted()
    this.#options.session.start(start, raw)
  }

  #end(by: 'server' | 'plivo', code: number, reason: string): void {
    if (!this.#open) return
    this.#open = false
    const { timeline, line, session, onClosed } = this.#options
    const { offeredBytes, played } = this.#media.queue
    line.streams.push({ streamId, format: this.format, startMs: this.#startMs, offeredBytes, played })
    if (line.stream === this) line.stream = undefined
    timeline.add({ type: 'stream-closed', by, code, reason })
    const detail = `${by === 'server' ? 'we' : 'the carrier'} closed the stream: ${code}`
    queueMicrotask(() => {
      session.disconnect({ clean: true, detail })
      onClosed()
    })
  }

  #note(event: MediaStreamEvent): void {
    const { timeline, line } = this.#options
    if (event.type === 'warning') {
      timeline.warnOnce(event.text)
      return
    }
    timeline.add(event)
    if (event.type !== 'bot-sent-dtmf') return
    for (const digit of event.digits) void line.announce({ samples: sentTone(digit), sampleRateHz: telephoneRateHz })
  }
}

/** With a pause behind it, so that two of the same key are two. */
function sentTone(digit: string): Int16Array {
  const tone = dtmfTone(digit, sentDigitMs, telephoneRateHz)
  const samples = silence(sentDigitMs + sentPauseMs, telephoneRateHz)
  samples.set(tone)
  return samples
}

import { bytesOf, frameMs, silenceByte, type AudioFormat } from '../audio/format.ts'
import type { Clock } from '../lib/clock.ts'
import { describeFailure } from '../lib/parsed.ts'
import { encodeCarrierMessage, parseBotMessage } from '../plivo/stream-codec.ts'
import type { EmittedMessage, PlayAudioMessage } from '../plivo/stream-messages.ts'
import type { Assumptions } from './assumptions.ts'
import { readPlayAudio } from './play-audio.ts'
import { PlaybackQueue } from './playback-queue.ts'
import type { StreamSocket } from './stream-socket.ts'

export type Track = 'inbound' | 'outbound'

export interface MediaStreamOptions {
  readonly socket: Pick<StreamSocket, 'send'>
  readonly format: AudioFormat
  readonly callId: string
  readonly streamId: string
  readonly accountId: string
  /** Which media frames are sent. Default: `inbound` only. */
  readonly tracks?: readonly Track[]
  /** Whether the server may play audio. Default true. */
  readonly bidirectional?: boolean
  /** As in the `extraHeaders` attribute. */
  readonly extraHeaders?: string | undefined
  readonly clock: Clock
  readonly assumptions: Assumptions
  readonly onEvent?: (event: MediaStreamEvent) => void
  /** Asked before each media frame; one that is lost is not sent, and timestamps step over it. */
  readonly losesFrame?: () => boolean
}

export type MediaStreamEvent =
  | { readonly type: 'checkpoint-played'; readonly name: string }
  | { readonly type: 'audio-cleared'; readonly droppedMs: number; readonly droppedCheckpoints: readonly string[] }
  | { readonly type: 'bot-sent-dtmf'; readonly digits: string }
  /** What Plivo would pass over in silence. */
  | { readonly type: 'warning'; readonly text: string }

/** Frames of 20 ms, raw, in the stream's format; a missing one is silence. */
export type TrackFrames = { readonly [T in Track]?: Uint8Array | undefined }

type Unnumbered<Message> = Message extends { readonly sequenceNumber?: number | undefined }
  ? Omit<Message, 'sequenceNumber'>
  : never

/**
 * Plivo's end of an audio stream: what goes over the socket, in which order and with which numbers (sections 4.2 to 4.6).
 * It keeps no time: whoever owns it calls `tick` 50 times a second, on an absolute schedule, and hands it what the socket
 * receives.
 */
export class MediaStream {
  readonly queue: PlaybackQueue
  readonly #options: MediaStreamOptions
  readonly #tracks: readonly Track[]
  readonly #extraHeaders: string | undefined
  readonly #frameBytes: number
  readonly #silence: string
  #sequenceNumber: number
  #frames = 0
  readonly #chunks = { inbound: 0, outbound: 0 }
  #startedAt = 0

  constructor(options: MediaStreamOptions) {
    const { format, assumptions } = options
    this.#options = options
    this.#tracks = options.tracks ?? ['inbound']
    const { extraHeadersWhenUnset: unset } = assumptions
    this.#extraHeaders = options.extraHeaders ?? (unset === 'missing' ? undefined : unset)
    this.#frameBytes = bytesOf(format, frameMs)
    this.#silence = Buffer.alloc(this.#frameBytes, silenceByte(format)).toString('base64')
    this.#sequenceNumber = assumptions.firstSequenceNumber
    this.queue = new PlaybackQueue({ format, maxQueuedMs: assumptions.maxQueuedMs })
  }

  /** Sends `start`: once, before anything else. */
  start(): void {
    const { callId, streamId, accountId, format } = this.#options
    this.#startedAt = Math.trunc(this.#options.clock.now())
    const mediaFormat = { encoding: format.encoding, sampleRate: format.sampleRateHz }
    this.#send({
      event: 'start',
      start: { callId, streamId, accountId, tracks: this.#tracks, mediaFormat },
      extra_headers: this.#extraHeaders,
    })
  }

  /** Passes 20 ms: sends one frame of each track and returns the bot's frame that plays from now on. */
  tick(frames: TrackFrames): Uint8Array | undefined {
    for (const track of this.#tracks) this.#sendFrame(track, frames[track])
    this.#frames++
    const { audio, reached } = this.queue.tick()
    for (const name of reached) {
      this.#send({ event: this.#options.assumptions.checkpointReply, streamId: this.#options.streamId, name })
      this.#options.onEvent?.({ type: 'checkpoint-played', name })
    }
    return audio
  }

  /** The far end presses one key of `0-9 * # A-D`. */
  press(digit: string): void {
    const sinceStart = Math.trunc(this.#options.clock.now()) - this.#startedAt
    this.#send({
      event: 'dtmf',
      streamId: this.#options.streamId,
      dtmf: { track: 'inbound', digit, timestamp: this.#timestamp(sinceStart) },
      extra_headers: this.#extraHeaders,
    })
  }

  /** Sends `stop`, which not every Plivo does (C-15). */
  stop(): void {
    this.#options.socket.send(encodeCarrierMessage({ event: 'stop', streamId: this.#options.streamId }))
  }

  /** A text frame from the server. */
  receive(text: string): void {
    const longest = this.#options.assumptions.maxMessageBytes
    if (text.length > longest) {
      this.#warn(`a message of ${text.length} bytes was ignored: the longest is ${longest}`)
      return
    }
    const message = parseBotMessage(text)
    if (!message.ok) {
      this.#warn(`a message was ignored: ${describeFailure(message)}`)
      return
    }
    switch (message.value.event) {
      case 'playAudio':
        this.#play(message.value.media)
        return
      case 'checkpoint':
        this.queue.mark(message.value.name)
        return
      case 'clearAudio': {
        const cleared = this.queue.clear()
        this.#options.onEvent?.({ type: 'audio-cleared', ...cleared })
        this.#send({ event: 'clearedAudio', streamId: this.#options.streamId })
        return
      }
      case 'sendDTMF':
        this.#options.onEvent?.({ type: 'bot-sent-dtmf', digits: message.value.dtmf })
        return
      case 'unknown':
        this.#warn(`a message was ignored: Plivo has no event "${message.value.name}"`)
    }
  }

  #play(media: PlayAudioMessage['media']): void {
    const { format, bidirectional = true, assumptions } = this.#options
    if (!bidirectional) {
      this.#warn('playAudio was ignored: the Stream is not bidirectional')
      return
    }
    const audio = readPlayAudio(media, format, (text) => this.#warn(text))
    if (!audio) {
      this.#tellDropped('invalid_content_type')
    } else if (!this.queue.enqueue(audio)) {
      this.#warn(`playAudio was dropped: the queue holds at most ${assumptions.maxQueuedMs} ms`)
      this.#tellDropped('buffer_overflow')
    }
  }

  #tellDropped(reason: string): void {
    const { socket, assumptions } = this.#options
    if (assumptions.playFailedEvents) socket.send(encodeCarrierMessage({ event: 'playFailed', reason }))
  }

  #sendFrame(track: Track, frame: Uint8Array | undefined): void {
    if (frame && frame.length !== this.#frameBytes) {
      throw new RangeError(`a frame of ${frame.length} bytes in a stream of ${this.#frameBytes}`)
    }
    if (this.#options.losesFrame?.()) return
    const payload = frame
      ? Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('base64')
      : this.#silence
    this.#send({
      event: 'media',
      streamId: this.#options.streamId,
      media: { track, timestamp: this.#timestamp(this.#frames * frameMs), chunk: ++this.#chunks[track], payload },
      extra_headers: this.#extraHeaders,
    })
  }

  #timestamp(sinceStartMs: number): number {
    return this.#options.assumptions.timestampForm === 'epoch' ? this.#startedAt + sinceStartMs : sinceStartMs
  }

  #send(message: Unnumbered<EmittedMessage>): void {
    const numbered = { ...message, sequenceNumber: this.#sequenceNumber++ }
    this.#options.socket.send(encodeCarrierMessage(numbered))
  }

  #warn(text: string): void {
    this.#options.onEvent?.({ type: 'warning', text })
  }
}

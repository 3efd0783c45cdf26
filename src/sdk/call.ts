import type { AudioFormat } from '../audio/format.ts'
import { VoiceActivity } from '../audio/voice-activity.ts'
import type { Clock } from '../lib/clock.ts'
import { AudioChunk } from './audio-chunk.ts'
import { type CallEvent, EventQueue } from './call-events.ts'
import { DigitCollector, type DigitsOptions, type DigitsResult } from './digits.ts'
import type { PlayOptions, PlaySource } from './play-source.ts'
import { Player } from './player.ts'
import { type BotCommand, type BotEvent, type CallStart, type EndReason, nodeCheckpointPrefix } from './protocol.ts'
import type { Utterance } from './utterance.ts'

/** Longest piece of written audio in one frame: a whole number of samples, and far below the longest frame. */
const maxWriteBytes = 64 * 1024

interface CallOptions {
  readonly start: CallStart
  readonly send: (command: BotCommand) => void
  readonly clock: Clock
  /** Where the call says what nobody awaited: a prompt that could not be played. */
  readonly print: (text: string) => void
  /** Where relative paths begin. Default: the working directory, which for a bot in its own process is its folder. */
  readonly folder?: string
}

/**
 * One telephone call, as its bot sees it. Iterate it for what happens; one loop per call.
 *
 *     for await (const event of call) {
 *       if (event.type === 'audio') call.write(event.audio)
 *     }
 */
export class Call implements AsyncIterable<CallEvent> {
  /** The carrier's id of the call: Plivo's CallUUID. */
  readonly id: string
  readonly sessionId: string
  /** As the carrier writes it: digits with country code, with or without `+`, or a `sip:` URI. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly direction: 'inbound' | 'outbound' | undefined
  /** Extra headers of the stream. They come from outside: never take them as proof of anything. */
  readonly headers: Readonly<Record<string, string>>
  /** Custom data of whoever started the call. */
  readonly body: unknown
  /** Format of `event.audio` and of what `write` takes. */
  readonly format: AudioFormat
  /** Fires when the call is over: hand it to every fetch, so that it dies with the call. */
  readonly signal: AbortSignal

  readonly #send: (command: BotCommand) => void
  readonly #clock: Clock
  readonly #events = new EventQueue()
  readonly #player: Player
  readonly #voice: VoiceActivity
  readonly #over = new AbortController()
  readonly #checkpoints = new Map<string, (played: boolean) => void>()
  #collector: DigitCollector | undefined
  #unnamed = 0
  #iterating = false

  /** @internal */
  constructor({ start, send, clock, print, folder }: CallOptions) {
    this.id = start.callId
    this.sessionId = start.sessionId
    this.from = start.from
    this.to = start.to
    this.direction = start.direction
    this.headers = start.headers
    this.body = start.body
    this.format = start.format
    this.signal = this.#over.signal
    this.#send = send
    this.#clock = clock
    this.#voice = new VoiceActivity(start.format)
    this.#player = new Player({
      format: start.format,
      send,
      folder,
      onError: (error) => print(`play: ${error instanceof Error ? error.message : String(error)}\n`),
    })
  }

  /** Sends audio in `format` to the caller at once, as it is. After the call's end it does nothing. */
  write(audio: AudioChunk | Uint8Array): void {
    if (this.signal.aborted) return
    const bytes = audio instanceof AudioChunk ? audio.bytes : audio
    for (let at = 0; at < bytes.length; at += maxWriteBytes) {
      this.#send({ type: 'write', audio: bytes.subarray(at, at + maxWriteBytes) })
    }
  }

  /** Plays a WAV file, its bytes, or PCM, in real time, after whatever is being played already. */
  play(source: PlaySource, options: PlayOptions = {}): Utterance {
    return this.#player.play(source, options)
  }

  /** Cuts everything that waits to be heard, played or written. */
  clear(): void {
    if (this.signal.aborted) return
    this.#player.clear()
    this.#settleCheckpoints()
  }

  /**
   * Resolves to true once all audio sent before it has been heard, to false when it was cleared or the call is over.
   * Names must be unique within the call; without one it gets its own.
   */
  checkpoint(name = `checkpoint-${++this.#unnamed}`): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    if (this.signal.aborted) {
      resolve(false)
      return promise
    }
    if (name.startsWith(nodeCheckpointPrefix)) throw new RangeError(`names like ${name} are the node's own`)
    if (this.#checkpoints.has(name)) throw new RangeError(`checkpoint ${name} is waiting already; use another name`)
    this.#checkpoints.set(name, resolve)
    this.#player.inOrder(() => {
      if (this.#checkpoints.get(name) === resolve) this.#send({ type: 'checkpoint', name })
    })
    return promise
  }

  /** Collects key presses; those already waiting unread count. While it collects, no `dtmf` event comes for them. */
  digits(options: DigitsOptions = {}): Promise<DigitsResult> {
    if (this.#collector?.collecting) return Promise.reject(new Error('digits is collecting already; await it first'))
    const collector = new DigitCollector(options, this.#clock)
    this.#collector = collector
    while (collector.collecting) {
      const digit = this.#events.takeDigit()
      if (digit === undefined) break
      collector.press(digit)
    }
    if (this.signal.aborted) collector.end('hang-up')
    return collector.result
  }

  /** Plays key tones to the far end. Characters: `0-9 * # A-D`. */
  sendDigits(digits: string): void {
    if (!/^[0-9*#A-D]+$/.test(digits)) throw new RangeError(`sendDigits takes 0-9 * # A-D, got ${digits}`)
    if (!this.signal.aborted) this.#send({ type: 'send-digits', digits })
  }

  /** Ends the call now, whatever is still playing. */
  hangUp(): void {
    if (!this.signal.aborted) this.#send({ type: 'hang-up' })
  }

  /** Ends when the call does. */
  [Symbol.asyncIterator](): AsyncIterator<CallEvent, undefined> {
    // Once the call is over a second loop only finds that out.
    if (this.#iterating && !this.signal.aborted)
      throw new Error('a loop reads the events of this call already; use one loop per call')
    this.#iterating = true
    return {
      next: () => this.#events.next(),
      return: () => {
        this.#iterating = false
        return Promise.resolve({ value: undefined, done: true })
      },
    }
  }

  /** @internal Resolves once the node has everything that the bot wants heard, or the call is over. */
  handedOver(): Promise<void> {
    return this.#player.handedOver()
  }

  /** @internal */
  receive(event: BotEvent): void {
    switch (event.type) {
      case 'audio':
        this.#hear(event)
        return
      case 'utterance':
        this.#player.report(event.report)
        return
      case 'dtmf':
        this.#press(event.digit)
        return
      case 'checkpoint-played':
        this.#checkpoints.get(event.name)?.(true)
        this.#checkpoints.delete(event.name)
        return
      case 'message':
        this.#events.push({ type: 'message', raw: event.raw, message: parseJson(event.raw) })
    }
  }

  /** @internal The call is over; the bot's function may still run to its end. */
  end(reason: EndReason): void {
    if (this.signal.aborted) return
    this.#events.push({ type: 'ended', reason })
    this.#over.abort(new Error('the call is over'))
    this.#player.end()
    this.#settleCheckpoints()
    this.#collector?.end('hang-up')
  }

  #hear({ audio, track, timestampMs, chunk }: Extract<BotEvent, { type: 'audio' }>): void {
    this.#events.push({ type: 'audio', audio: new AudioChunk(audio, this.format), track, timestampMs, chunk })
    const change = track === 'inbound' ? this.#voice.push(audio) : undefined
    if (change) this.#events.push({ type: change })
  }

  #press(digit: string): void {
    if (this.#collector?.collecting) this.#collector.press(digit)
    else this.#events.push({ type: 'dtmf', digit })
  }

  #settleCheckpoints(): void {
    for (const settle of this.#checkpoints.values()) settle(false)
    this.#checkpoints.clear()
  }
}

/** Undefined for text that is no JSON: whatever a carrier says, no bot dies of it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import type { AudioFormat } from '../audio/format.ts'
import { VoiceActivity } from '../audio/voice-activity.ts'
import { AudioChunk } from './audio-chunk.ts'
import { type CallEvent, EventQueue } from './call-events.ts'
import type { BotEvent, EndReason } from './protocol.ts'

type AudioEvent = Extract<BotEvent, { type: 'audio' }>

/** What happened in a call and waits for the bot's loop. */
export class Inbox implements AsyncIterable<CallEvent> {
  readonly #format: AudioFormat
  readonly #print: (text: string) => void
  readonly #events = new EventQueue()
  readonly #voice: VoiceActivity
  #iterating = false
  #hasIterated = false
  #over = false

  constructor({ format, print }: { format: AudioFormat; print: (text: string) => void }) {
    this.#format = format
    this.#print = print
    this.#voice = new VoiceActivity(format)
  }

  hear({ audio, track, timestampMs, chunk }: AudioEvent): void {
    this.#events.push({ type: 'audio', audio: new AudioChunk(audio, this.#format), track, timestampMs, chunk })
    const change = track === 'inbound' ? this.#voice.push(audio) : undefined
    if (change) this.#events.push({ type: change })
  }

  press(digit: string): void {
    this.#events.push({ type: 'dtmf', digit })
  }

  /** The oldest key that waits unread, which is then no event. */
  takeDigit(): string | undefined {
    return this.#events.takeDigit()
  }

  message(raw: string): void {
    this.#events.push({ type: 'message', raw, message: parseJson(raw) })
  }

  end(reason: EndReason): void {
    this.#over = true
    const { dropped } = this.#events
    // A bot that never reads misses nothing.
    if (dropped > 0 && this.#hasIterated)
      this.#print(`the bot did not read ${dropped} audio events in time; the oldest were dropped\n`)
    this.#events.push({ type: 'ended', reason })
  }

  [Symbol.asyncIterator](): AsyncIterator<CallEvent, undefined> {
    // Once the call is over a second loop only finds that out.
    if (this.#iterating && !this.#over)
      throw new Error('a loop reads the events of this call already; use one loop per call')
    this.#iterating = this.#hasIterated = true
    return {
      next: () => this.#events.next(),
      return: () => {
        this.#iterating = false
        return Promise.resolve({ value: undefined, done: true })
      },
    }
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

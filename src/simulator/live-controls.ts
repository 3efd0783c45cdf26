import type { Pcm } from './audio-track.ts'
import type { Call } from './call.ts'
import { fetchAudio } from './fetched-audio.ts'
import { apiCancelled, apiHungUp } from './hangup-causes.ts'
import type { Leg, Legs, LiveCall, LivePlay, LiveRecord, LiveSpeak, LiveStream, TransferRequest } from './live-call.ts'
import { Recording } from './recording.ts'
import { sendTones, checkTones } from './sent-tones.ts'
import { spokenAudio } from './spoken-audio.ts'
import type { StreamFacts } from './stream-facts.ts'
import { liveStreamSettings } from './stream-settings.ts'
import { StreamSession } from './stream-session.ts'
import type { CallFacts } from './webhook-parameters.ts'

/** What the REST API does to one leg (section 7). */
export class LiveControls implements LiveCall {
  readonly #call: Call
  #playing = new AbortController()
  #speaking = new AbortController()
  readonly #recordings = new Map<string, AbortController>()

  constructor(call: Call) {
    this.#call = call
  }

  get facts(): CallFacts {
    return this.#call.facts
  }

  get status(): 'ringing' | 'in-progress' {
    return this.#call.facts.answeredAt === undefined ? 'ringing' : 'in-progress'
  }

  transfer({ legs, aleg, bleg }: TransferRequest): void {
    const other = this.#call.bridged
    if (legs !== 'aleg' && bleg && other) {
      this.#call.timeline.add({ type: 'transfer-requested', url: bleg.url, deferred: false })
      other.sendTo({ purpose: 'transfer', ...bleg })
    }
    if (legs !== 'aleg' && !other) this.#call.timeline.warn('a transfer of the bleg: no leg is bridged')
    if (legs !== 'bleg' && aleg) {
      this.#call.transferTo({ purpose: 'transfer', ...aleg })
    }
  }

  hangUp(): void {
    const code = this.#call.assumptions.restHangupCode
    const name = code === 4000 ? apiHungUp.name : apiCancelled.name
    this.#call.end(this.status === 'in-progress' ? { ...apiHungUp, code, name } : apiCancelled)
  }

  play(options: LivePlay): void {
    this.stopPlaying()
    const { signal } = this.#playing
    const timer =
      options.lengthSeconds && this.#call.clock.after(options.lengthSeconds * 1000, () => this.stopPlaying())
    const fetchAll = async () => {
      const clips = await Promise.all(options.urls.map((url) => fetchAudio(url, this.#call, this.#until(signal))))
      return clips.filter((clip) => clip !== undefined)
    }
    const work = this.#playBeside('play', fetchAll, options, signal)
    this.#call.inBackground(work.finally(() => timer && timer.cancel()))
  }

  stopPlaying(): void {
    this.#playing.abort()
    this.#playing = new AbortController()
  }

  speak(options: LiveSpeak): void {
    this.stopSpeaking()
    const { signal } = this.#speaking
    const { text, voice = 'WOMAN', language = 'en-US' } = options
    const synthesise = async () => {
      const audio = await spokenAudio({ text, voice, language }, this.#call, this.#until(signal))
      return audio ? [audio] : []
    }
    this.#call.inBackground(this.#playBeside('speak', synthesise, options, signal))
  }

  stopSpeaking(): void {
    this.#speaking.abort()
    this.#speaking = new AbortController()
  }

  sendDigits(digits: string, leg: Leg): void {
    checkTones(digits)
    for (const line of this.#linesOf(leg)) {
      this.#call.inBackground(sendTones(digits, line, this.#call.timeline, this.#call.over))
    }
  }

  startRecording(options: LiveRecord): { readonly recordingId: string; readonly url: string } {
    const { timeLimitSeconds, fileFormat, channelType, callbackUrl: url, callbackMethod: method = 'POST' } = options
    const recording = new Recording(this.#call, { channels: channelType, requestedFormat: fileFormat })
    const stopped = new AbortController()
    this.#recordings.set(recording.url, stopped)
    const finish = async () => {
      const over = this.#until(stopped.signal)
      const timer = this.#call.clock.after(timeLimitSeconds * 1000, () => stopped.abort())
      await aborted(over)
      timer.cancel()
      this.#recordings.delete(recording.url)
      await recording.finish()
      if (url === undefined) return
      const parameters = recording.restParameters
      this.#call.notify({ method, url, parameters }, (result) => ({ type: 'recording-callback', url, ...result }))
    }
    this.#call.inBackground(finish())
    return { recordingId: recording.id, url: recording.url }
  }

  stopRecording(url?: string): void {
    for (const [each, stopped] of this.#recordings) if (url === undefined || url === each) stopped.abort()
  }

  startStream(options: LiveStream): { readonly streamId: string } {
    const settings = liveStreamSettings(options, (text) => this.#call.timeline.warn(text))
    const { line, assumptions, timeline } = this.#call
    if (line.stream) {
      timeline.warn('a stream was started while another was open')
      if (assumptions.secondStream === 'replace') line.stream.stop()
    }
    const session = new StreamSession(this.#call, settings)
    const ignored = line.stream !== undefined && assumptions.secondStream === 'ignore'
    if (ignored) session.stop()
    else this.#call.inBackground(session.run())
    return { streamId: session.facts.streamId }
  }

  streams(): readonly StreamFacts[] {
    return this.#call.streams.map(({ facts }) => facts)
  }

  stopStream(streamId?: string): boolean {
    const open = this.#call.streams.filter(
      ({ facts }) => facts.status !== 'stopped' && (streamId === undefined || facts.streamId === streamId),
    )
    for (const stream of open) stream.stop()
    return open.length > 0
  }

  async #playBeside(
    kind: 'play' | 'speak',
    load: () => Promise<readonly Pcm[]>,
    { legs, loop, mix }: { readonly legs: Legs; readonly loop: boolean; readonly mix: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const until = this.#until(signal)
    const clips = await load()
    const lines = this.#linesOf(legs)
    if (clips.length === 0 || lines.length === 0) return
    const count = loop ? Number.POSITIVE_INFINITY : clips.length
    for (let i = 0; i < count && !until.aborted; i++) {
      const clip = clips[i % clips.length]
      if (clip) await Promise.all(lines.map((line) => line.overlay(clip, { kind, alone: !mix, signal: until })))
    }
  }

  #until(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([this.#call.over, signal])
  }

  #linesOf(legs: Legs) {
    const { line, bridged, timeline } = this.#call
    if (legs !== 'aleg' && !bridged) timeline.warn('the bleg was meant: no leg is bridged')
    return [...(legs === 'bleg' ? [] : [line]), ...(legs === 'aleg' || !bridged ? [] : [bridged.call.line])]
  }
}

const aborted = async (signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

import { addAbortListener } from 'node:events'
import type { AudioFormat } from '../audio/format.ts'
import { sleep } from '../lib/clock.ts'
import { Backlog } from './backlog.ts'
import { streamContentType } from '../plivo/content-type.ts'
import type { CallContext, StreamControl } from './call-context.ts'
import type { LineStream } from './line.ts'
import type { MediaStreamEvent } from './media-stream.ts'
import { StatusCallbacks } from './status-callbacks.ts'
import { StreamConnection } from './stream-connection.ts'
import type { StreamFacts } from './stream-facts.ts'
import { audioTrackOf, type StreamSettings } from './stream-settings.ts'
import type { SocketClose } from './stream-socket.ts'

/** One try and two more (section 4.1). */
const connectTries = 3
/** After a drop too, where Plivo reconnects at all (C-10). */
const maxReconnects = 2

/** The life of one `<Stream>`: connecting, open, closed; and what `statusCallbackUrl` hears of it. */
export class StreamSession implements LineStream, StreamControl {
  readonly format: AudioFormat
  readonly #call: CallContext
  readonly #settings: StreamSettings
  readonly #streamId: string
  readonly #status: StatusCallbacks
  readonly #stopped = new AbortController()
  /** The call's end or the stream's own. */
  readonly #over: AbortSignal
  #open: StreamConnection | undefined
  #started = false
  readonly #backlog: Backlog
  readonly #createdAt: number
  #startedAt: number | undefined
  #endedAt: number | undefined

  constructor(call: CallContext, settings: StreamSettings) {
    this.#call = call
    this.#settings = settings
    this.#streamId = call.createUuid()
    this.#over = AbortSignal.any([call.over, this.#stopped.signal])
    this.#status = new StatusCallbacks(call, settings, this.#streamId)
    this.format = settings.format
    this.#backlog = new Backlog(call.assumptions.maxUnsentMs)
    this.#createdAt = call.clock.now()
    call.streams.push(this)
  }

  get facts(): StreamFacts {
    const { facts } = this.#call
    const { url, format, bidirectional, tracks, statusCallbackUrl, statusCallbackMethod } = this.#settings
    const endedAt = this.#endedAt ?? facts.endedAt
    const running = this.#startedAt === undefined ? 'initiated' : 'active'
    return {
      streamId: this.#streamId,
      callUuid: facts.callUuid,
      serviceUrl: url,
      bidirectional,
      audioTrack: audioTrackOf(tracks),
      contentType: streamContentType(format.encoding, format.sampleRateHz),
      statusCallbackUrl,
      statusCallbackMethod,
      status: endedAt === undefined ? running : 'stopped',
      createdAt: this.#createdAt,
      startedAt: this.#startedAt,
      endedAt,
    }
  }

  /** Resolves when the stream is over and the next element may run. */
  async run(): Promise<void> {
    const { line, assumptions, clock } = this.#call
    line.stream = this
    const reconnects = assumptions.reconnectAfterDrop ? maxReconnects : 0
    for (let drops = 0; drops <= reconnects && !this.#over.aborted; drops++) {
      const connection = await this.#connect()
      if (!connection) break
      const close = await this.#stay(connection)
      if (close.by !== 'lost' || this.#over.aborted) {
        this.#reportClose(close)
        break
      }
      if (drops === reconnects) this.#status.send('DroppedStream', 'connection disconnected with the remote service')
    }
    this.#endedAt ??= clock.now()
    if (line.stream === this) line.stream = undefined
  }

  get open(): boolean {
    return this.#open !== undefined
  }

  tick(said: Int16Array | undefined, announced: Int16Array | undefined): Int16Array | undefined {
    if (!this.#open) return undefined
    const played = this.#open.tick(said, announced)
    if (!this.#started) this.#status.send('StartStream')
    this.#started = true
    this.#watchBacklog(this.#open)
    return played
  }

  press(digit: string): void {
    this.#open?.press(digit)
  }

  stop(): void {
    this.#endedAt ??= this.#call.clock.now()
    this.#stopped.abort()
  }

  async #connect(): Promise<StreamConnection | undefined> {
    const { timeline, clock, assumptions } = this.#call
    const { url } = this.#settings
    for (let attempt = 1; attempt <= connectTries && !this.#over.aborted; attempt++) {
      timeline.add({ type: 'stream-connecting', url, attempt })
      const connection = new StreamConnection(this.#call, this.#settings, {
        streamId: this.#streamId,
        attempt,
        onMediaEvent: (event) => this.#tellPlayback(event),
      })
      using _giveUp = addAbortListener(this.#over, () => connection.terminate())
      const failure = await connection.opened
      if (!failure) return connection
      await connection.closed
      if (this.#over.aborted) return undefined
      timeline.add({ type: 'stream-refused', attempt, ...failure })
      if (attempt < connectTries) await sleep(clock, assumptions.streamRetryDelayMs, this.#over)
    }
    if (!this.#over.aborted) this.#status.send('DroppedStream', 'connection_failed')
    return undefined
  }

  /** Holds the open stream until it is closed, whoever closes it. */
  async #stay(connection: StreamConnection): Promise<SocketClose> {
    const { timeline, clock, line } = this.#call
    this.#open = connection
    this.#startedAt ??= clock.now()
    const timeout = clock.after(this.#settings.timeoutMs, () => this.stop())
    using _close = addAbortListener(this.#over, () => connection.close())
    const close = await connection.closed
    timeout.cancel()
    this.#open = undefined
    line.streams.push(connection.account)
    timeline.add({ type: 'stream-closed', ...close })
    return close
  }

  #reportClose({ by }: SocketClose): void {
    const { stopStreamAtCallEnd, stopStreamOnServerClose } = this.#call.assumptions
    const atCallEnd = this.#call.over.aborted ? stopStreamAtCallEnd : true
    if (by === 'server' ? stopStreamOnServerClose : atCallEnd) this.#status.send('StopStream')
  }

  #tellPlayback(event: MediaStreamEvent): void {
    if (!this.#call.assumptions.statusOnPlayback) return
    if (event.type === 'checkpoint-played') this.#status.send('PlayedStream', '', event.name)
    if (event.type === 'audio-cleared') this.#status.send('ClearedAudio')
  }

  #watchBacklog(connection: StreamConnection): void {
    const state = this.#backlog.watch(connection.unsentMs)
    if (state === 'degraded') this.#status.send('DegradedStream', 'connection degraded')
    if (state !== 'full') return
    this.#call.timeline.warn('the stream was dropped: the server reads too slowly')
    connection.terminate()
  }
}

import { bytesOf, frameMs } from '../audio/format.ts'
import { fromPcm16, toPcm16 } from '../audio/transcode.ts'
import type { CallContext } from './call-context.ts'
import type { StreamAccount } from './line.ts'
import { MediaPath } from './media-path.ts'
import { MediaStream, type MediaStreamEvent } from './media-stream.ts'
import type { OpenedStream } from './network.ts'
import { tonesOf } from './sent-tones.ts'
import type { StreamSettings } from './stream-settings.ts'
import type { SocketClose, UpgradeFailure } from './stream-socket.ts'

interface ConnectionOptions {
  readonly streamId: string
  readonly attempt: number
  readonly onMediaEvent: (event: MediaStreamEvent) => void
}

/** One try to connect a stream to its server and, if it succeeds, the open stream. */
export class StreamConnection {
  readonly #call: CallContext
  readonly #settings: StreamSettings
  readonly #socket: OpenedStream
  readonly #media: MediaStream
  readonly #path: MediaPath
  readonly #onMediaEvent: (event: MediaStreamEvent) => void
  /** Bytes of one media message, about. */
  readonly #messageBytes: number
  readonly #streamId: string
  #startMs: number | undefined

  constructor(call: CallContext, settings: StreamSettings, { streamId, attempt, onMediaEvent }: ConnectionOptions) {
    const { assumptions, clock, facts, faults, timeline } = call
    const { url, format } = settings
    this.#call = call
    this.#settings = settings
    this.#streamId = streamId
    this.#onMediaEvent = onMediaEvent
    this.#messageBytes = (bytesOf(format, frameMs) * 4) / 3 + 250
    this.#socket = call.network.openStream({
      url,
      clock,
      connectTimeoutMs: assumptions.streamConnectTimeoutMs,
      headers: call.webhooks.upgradeHeaders(url, { withQuery: assumptions.signUpgradeWithQuery }),
      subprotocol: assumptions.offerSubprotocol ? 'audio.plivo.com' : undefined,
      onOpen: () => {
        timeline.add({ type: 'stream-connected', url, attempt })
        this.#path.start()
        this.#media.start()
        timeline.add({ type: 'stream-started', streamId, format })
      },
      onText: (text) => this.#media.receive(text),
      onBinary: () => timeline.warnOnce('a message was ignored: it was binary, and Plivo reads text only'),
    })
    this.#path = new MediaPath({ socket: this.#socket, clock, faults })
    this.#media = new MediaStream({
      ...settings,
      socket: this.#path,
      losesFrame: () => faults.losesFrame(),
      streamId,
      callId: facts.callUuid,
      accountId: facts.authId,
      clock,
      assumptions,
      onEvent: (event) => this.#note(event),
    })
  }

  /** Resolves when the upgrade has failed, or with undefined when `start` has been sent. */
  get opened(): Promise<UpgradeFailure | undefined> {
    return this.#socket.opened
  }

  get closed(): Promise<SocketClose> {
    return this.#socket.closed.finally(() => this.#path.stop())
  }

  /** Audio that waits for a slow server, beyond what the sockets on the way hold. */
  get unsentMs(): number {
    return (this.#socket.unsentBytes / this.#messageBytes / this.#settings.tracks.length) * frameMs
  }

  get account(): StreamAccount {
    const { offeredBytes, played } = this.#media.queue
    const startMs = this.#startMs ?? this.#call.line.positionMs
    return { streamId: this.#streamId, format: this.#settings.format, startMs, offeredBytes, played }
  }

  tick(said: Int16Array | undefined, announced: Int16Array | undefined): Int16Array | undefined {
    const { format } = this.#settings
    this.#startMs ??= this.#call.line.positionMs
    const played = this.#media.tick({
      inbound: said && fromPcm16(said, format),
      outbound: announced && fromPcm16(announced, format),
    })
    return played && toPcm16(played, format)
  }

  press(digit: string): void {
    this.#media.press(digit)
  }

  close(): void {
    const { stopEventAtEnd, streamCloseCode } = this.#call.assumptions
    this.#path.stop()
    if (stopEventAtEnd) this.#media.stop()
    this.#socket.close(streamCloseCode)
  }

  terminate(): void {
    this.#path.stop()
    this.#socket.terminate()
  }

  #note(event: MediaStreamEvent): void {
    const { timeline, line } = this.#call
    if (event.type === 'warning') {
      timeline.warnOnce(event.text)
      return
    }
    timeline.add(event)
    this.#onMediaEvent(event)
    if (event.type !== 'bot-sent-dtmf') return
    void line.announce(tonesOf(event.digits))
  }
}

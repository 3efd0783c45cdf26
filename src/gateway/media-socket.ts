import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { describeFailure } from '../lib/parsed.ts'
import { parseCarrierMessage, type StartMessage } from '../plivo/index.ts'
import { serviceHost } from '../sessions/agent.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import type { CarrierCall } from '../sessions/carrier/carrier-call.ts'
import { closeCodes, closeFixes } from '../sessions/close-codes.ts'
import type { CarrierStream } from '../sessions/caller-side.ts'
import type { Session } from '../sessions/session.ts'
import type { Admission } from './admission.ts'

/** What is used of a WebSocket: that of `ws` is one. */
export interface GatewaySocket {
  readonly readyState: number
  readonly OPEN: number
  /** Bytes that the far side has not taken yet. */
  readonly bufferedAmount: number
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
  ping(): void
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown
  on(event: 'pong', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown
}

export interface MediaSocketOptions {
  readonly socket: GatewaySocket
  /** The connection beneath it, where there is one: all that is sent in one turn leaves in one write. */
  readonly connection?: Pick<Duplex, 'cork' | 'uncork'>
  readonly admission: Extract<Admission, { admitted: true }>
  readonly calls: CallRegistry
  readonly clock: Clock
  readonly log: Log
}

/** How long a stream may say nothing at first. */
const startTimeoutMs = 10_000
/** How often the far side is asked for a sign of life. A live stream gives 50 a second. */
const pingMs = 10_000
/** Text that may wait for a carrier that does not read: over a minute of audio. */
const maxUnsentBytes = 4 * 1024 * 1024
/** How long the far side may take to answer our close. */
const closeTimeoutMs = 2000

/** Takes care of a stream that was let in, until it is closed. */
export function serveStream(options: MediaSocketOptions): CarrierStream {
  return new MediaSocket(options)
}

/** The carrier's WebSocket of one stream: checks what comes and hands it to the call's session. */
class MediaSocket implements CarrierStream {
  readonly #options: MediaSocketOptions
  readonly #socket: GatewaySocket
  #log: Log
  #session: Session | undefined
  #started = false
  #alive = true
  #closedByUs = false
  #gathering = false
  #timer: Timer
  #unreadable = 0

  constructor(options: MediaSocketOptions) {
    this.#options = options
    this.#socket = options.socket
    this.#log = options.log
    this.#timer = options.clock.after(startTimeoutMs, () => {
      this.#refuse(closeCodes.startTimeout, `no start within ${startTimeoutMs / 1000} s`)
    })
    options.socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary))
    options.socket.on('pong', () => {
      this.#alive = true
    })
    options.socket.on('error', (error) => this.#onError(error))
    options.socket.on('close', (code, reason) => this.#onClose(code, reason.toString('utf8')))
    this.#use(options.admission.call)
  }

  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#gather()
    this.#socket.send(text)
    if (this.#socket.bufferedAmount <= maxUnsentBytes) return
    this.#log.error({ bytes: this.#socket.bufferedAmount }, 'the carrier does not read; its stream is cut')
    this.#socket.terminate()
  }

  close(code: number, reason: string): void {
    if (this.#closedByUs) return
    this.#closedByUs = true
    // `ws` throws above 123 bytes; half a character at the end may grow by two.
    this.#socket.close(code, Buffer.from(reason).subarray(0, 120).toString('utf8'))
    this.#timer.cancel()
    this.#timer = this.#options.clock.after(closeTimeoutMs, () => this.#socket.terminate())
  }

  /** A frame of audio and the checkpoint behind it cost little more than the frame alone. */
  #gather(): void {
    const { connection } = this.#options
    if (!connection || this.#gathering) return
    this.#gathering = true
    connection.cork()
    process.nextTick(() => {
      this.#gathering = false
      connection.uncork()
    })
  }

  #use(call: CarrierCall | undefined): void {
    if (!call) return
    this.#session = call.session
    this.#session.connect(this)
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#alive = true
    if (this.#closedByUs) return
    if (isBinary) {
      this.#refuse(closeCodes.binary, 'binary frames are not part of an audio stream')
      return
    }
    const raw = data.toString('utf8')
    const message = parseCarrierMessage(raw)
    if (!message.ok) this.#onUnreadable(raw, describeFailure(message), message.field)
    else if (this.#started) this.#session?.receive(raw, message.value)
    else if (message.value.event === 'start') this.#start(message.value, raw)
    else this.#refuse(closeCodes.unreadable, `the first message must be start, got ${message.value.event}`)
  }

  #start(start: StartMessage, raw: string): void {
    const { callId } = start.start
    const call = this.#callOf(callId)
    if (!call) return
    this.#log = this.#log.child({ call: callId })
    call.streamsStarted++
    call.streamsOffered = 0
    this.#started = true
    this.#timer.cancel()
    this.#timer = this.#options.clock.after(pingMs, () => this.#ping())
    this.#session?.start(start, raw)
  }

  /** The call that this stream belongs to; refuses the stream when it belongs to none. */
  #callOf(callId: string): CarrierCall | undefined {
    const { admission, calls } = this.#options
    const { agent, needsVerifiedCall } = admission
    if (admission.call) {
      if (admission.call.facts.callId === callId) return admission.call
      return this.#refuse(closeCodes.notAdmitted, 'the ticket is for another call than start.callId')
    }
    const known = calls.find(callId)
    if (needsVerifiedCall && !known?.verified) {
      return this.#refuse(closeCodes.notAdmitted, 'Plivo signed the path only, and no signed webhook told of this call')
    }
    const foreign = known && serviceHost(known.agent) !== serviceHost(agent)
    if (foreign) return this.#refuse(closeCodes.notAdmitted, 'the call belongs to another agent')
    const refusal = known ? calls.admit(known) : undefined
    if (refusal === 'live') return this.#refuse(closeCodes.secondStream, 'the call has a live stream')
    const body = admission.body === undefined ? {} : { body: admission.body }
    const { sessionId } = admission
    const opened = calls.open({ facts: { callId, ...body }, agent, verified: false, sessionId })
    if (opened.type === 'full') calls.overflow.countOne()
    if (opened.type === 'full' || refusal === 'full') return this.#refuse(closeCodes.full, 'too many calls')
    if (opened.type !== 'open') return this.#refuse(closeCodes.notAdmitted, 'the call is over')
    this.#use(opened.call)
    return opened.call
  }

  #onUnreadable(raw: string, problem: string, field: string): void {
    const isMessage = field !== '' && field !== 'event'
    if (!this.#started || !isMessage) {
      this.#refuse(closeCodes.unreadable, problem)
      return
    }
    // One odd message is no reason to lose the caller: the bot gets it as it came.
    this.#unreadable++
    if (this.#unreadable <= 3) this.#log.warn({ problem }, 'a stream message could not be understood')
    this.#session?.receive(raw, undefined)
  }

  #refuse(code: number, reason: string): undefined {
    this.#log.warn({ code, reason, fix: closeFixes[code] }, 'stream closed')
    this.close(code, reason)
  }

  /** The far side broke the WebSocket protocol; it is told so, and not waited for long. */
  #onError(error: Error): void {
    this.#log.debug({ err: error }, 'stream error')
    this.#timer.cancel()
    this.#timer = this.#options.clock.after(closeTimeoutMs, () => this.#socket.terminate())
  }

  #ping(): void {
    if (!this.#alive) {
      this.#log.warn({}, 'the carrier gives no sign of life; its stream is cut')
      this.#socket.terminate()
      return
    }
    this.#alive = false
    this.#socket.ping()
    this.#timer = this.#options.clock.after(pingMs, () => this.#ping())
  }

  #onClose(code: number, reason: string): void {
    this.#timer.cancel()
    const clean = this.#closedByUs || code === 1000 || code === 1001 || code === 1005
    const detail = `${this.#closedByUs ? 'we' : 'the carrier'} closed the stream: ${code}${reason === '' ? '' : ` ${reason}`}`
    this.#session?.disconnect(this, { clean, detail })
  }
}

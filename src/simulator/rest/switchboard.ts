import type { Clock, Timer } from '../../lib/clock.ts'
import type { CallRecord } from '../call-record.ts'
import type { CallResult } from '../call-result.ts'
import { CallEngine } from '../engine.ts'
import type { EngineOptions, InboundOptions, OutboundOptions } from '../engine-options.ts'
import type { LiveCall } from '../live-call.ts'
import type { SimulatedCall } from '../simulated-call.ts'
import type { AccountState } from './account-state.ts'
import { ApiError } from './api-error.ts'
import { callDetails } from './call-details.ts'
import { CallQueue } from './call-queue.ts'
import { recordingOf } from './recordings.ts'
import { RequestLimit } from './request-limit.ts'

/** A call as the simulator's own API tells of it; its audio is here for as long as the call is kept. */
export interface KeptCall {
  readonly call: SimulatedCall
  readonly direction: 'inbound' | 'outbound'
  readonly from: string
  readonly to: string
  /** Once it is over. */
  result: CallResult | undefined
}

export interface SwitchboardOptions {
  readonly clock: Clock
  readonly state: AccountState
  readonly engine: EngineOptions
  readonly callsPerSecond: number
  readonly inboundCallsPerSecond: number
  /** From the end of a call to its CDR. */
  readonly callRecordDelayMs: number
  /** Finished calls of which timeline and audio are kept, the latest. */
  readonly keptCalls: number
}

/** The account's telephone exchange: calls that wait, calls that are up, and what is known of those that are over. */
export class Switchboard implements AsyncDisposable {
  readonly queue: CallQueue
  readonly #options: SwitchboardOptions
  readonly #engine: CallEngine
  readonly #kept = new Map<string, KeptCall>()
  readonly #inbound: RequestLimit
  #closed = false
  readonly #pendingRecords = new Map<CallRecord, Timer>()

  constructor(options: SwitchboardOptions) {
    this.#options = options
    this.queue = new CallQueue(options.callsPerSecond, options.clock)
    this.#inbound = new RequestLimit({ requests: options.inboundCallsPerSecond, perMs: 1_000 }, options.clock)
    this.#engine = new CallEngine({
      ...options.engine,
      clock: options.clock,
      onEnded: (record) => this.#onEnded(record),
      onRecording: (record) => options.state.recordings.put(recordingOf(record)),
    })
  }

  /** Calls that are up or ring; those that wait are none. */
  get liveCalls(): readonly LiveCall[] {
    return this.#engine.liveCalls()
  }

  live(callUuid: string): LiveCall | undefined {
    return this.#engine.live(callUuid)
  }

  /** In the order in which they came. */
  get kept(): readonly KeptCall[] {
    return [...this.#kept.values()]
  }

  find(callUuid: string): KeptCall | undefined {
    return this.#kept.get(callUuid)
  }

  /**
   * Dials now, or when the calls per second allow it.
   * @throws ApiError 503 when no more calls are taken.
   */
  place(options: OutboundOptions): 'fired' | 'queued' {
    this.#checkOpen()
    const { callUuid: requestUuid, from, to, callerName } = options
    const dial = () => this.#keep(this.#engine.place(options), { direction: 'outbound', from, to })
    return this.queue.add({ requestUuid, from, to, callerName, dial })
  }

  /** @throws ApiError 429 when too many came within a second, 503 when no more calls are taken. */
  receive(options: InboundOptions & { readonly from: string; readonly to: string }): SimulatedCall {
    this.#checkOpen()
    if (!this.#inbound.take()) throw new ApiError(429, 'busy: too many inbound calls a second')
    const call = this.#engine.receive(options)
    this.#keep(call, { direction: 'inbound', from: options.from, to: options.to })
    return call
  }

  /** Hangs up every call, and resolves when all is over and on record. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.queue[Symbol.dispose]()
    await this.#engine[Symbol.asyncDispose]()
    for (const [record, timer] of this.#pendingRecords) {
      timer.cancel()
      this.#options.state.calls.put(callDetails(record))
    }
    this.#pendingRecords.clear()
  }

  #checkOpen(): void {
    if (this.#closed) throw new ApiError(503, 'the simulator stops')
  }

  #keep(call: SimulatedCall, facts: Pick<KeptCall, 'direction' | 'from' | 'to'>): void {
    const kept: KeptCall = { call, ...facts, result: undefined }
    this.#kept.set(call.callUuid, kept)
    void call.ended.then((result) => {
      kept.result = result
      this.#forgetOldest()
    })
  }

  #forgetOldest(): void {
    const over = this.kept.filter(({ result }) => result !== undefined)
    for (const { call } of over.slice(0, Math.max(0, over.length - this.#options.keptCalls))) {
      this.#kept.delete(call.callUuid)
    }
  }

  #onEnded(record: CallRecord): void {
    const { clock, callRecordDelayMs, state } = this.#options
    const timer = clock.after(callRecordDelayMs, () => {
      this.#pendingRecords.delete(record)
      state.calls.put(callDetails(record))
    })
    this.#pendingRecords.set(record, timer)
  }
}

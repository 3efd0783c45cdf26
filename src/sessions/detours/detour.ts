/**
 * What the carrier does with the caller between two streams. The stream is closed; the carrier asks what next, gets the
 * plan, and asks again when it is done.
 */
export type DetourPlan =
  | {
      readonly type: 'dial'
      /** Numbers and `sip:` URIs, which ring at once. */
      readonly to: readonly string[]
      readonly announce?: string
      readonly acceptKey?: string
      readonly ringMs: number
      readonly maxMs: number
      readonly callerId?: string
    }
  | {
      readonly type: 'record'
      readonly prompt?: string
      readonly maxMs: number
      readonly silenceMs: number
      readonly until?: string
      readonly beep: boolean
    }
  | {
      readonly type: 'speak'
      readonly text: string
      readonly voice?: string
      readonly language?: string
      readonly ssml?: boolean
    }
  | { readonly type: 'play'; readonly url: string }

/** What the carrier says of a dial, in its own words. */
export interface Dialled {
  readonly status: string | undefined
  readonly cause: string | undefined
}

/** A recording that the carrier has made. */
export interface Recorded {
  readonly url: string
  readonly recordingId: string | undefined
  /** Undefined while the carrier does not know. */
  readonly durationMs: number | undefined
  /** Unix epoch milliseconds, as the carrier says. */
  readonly startedAt?: number | undefined
  /** The key that ended it. */
  readonly key: string | undefined
}

/** What it is of: a detour that the bot wanted, a message with no bot there, or the whole call. */
export type RecordedPart = 'detour' | 'message' | 'call'

export interface CameBack {
  readonly dialled?: Dialled | undefined
  readonly recorded?: Recorded | undefined
}

/** How the call goes on. */
export type Onward =
  | { readonly type: 'stream' }
  | { readonly type: 'hang-up' }
  | { readonly type: 'say'; readonly text: string }

interface DetourOptions {
  readonly plan: DetourPlan
  /** Decides once the carrier is back. */
  readonly onward: (came: CameBack) => Onward
}

/** One way of the caller's out of the stream and back. */
export class Detour {
  readonly plan: DetourPlan
  /** `wanted` until the carrier has the plan. */
  state: 'wanted' | 'under-way' | 'back' | 'over' = 'wanted'
  /** A dialled phone was picked up; with an announcement, nobody has accepted yet. */
  pickedUp = false
  recorded: Recorded | undefined
  readonly #onward: (came: CameBack) => Onward
  readonly #connected = Promise.withResolvers<void>()
  readonly #over = Promise.withResolvers<CameBack | undefined>()
  #came: CameBack | undefined

  constructor({ plan, onward }: DetourOptions) {
    this.plan = plan
    this.#onward = onward
  }

  /** Resolves when somebody has the caller; never, when nobody does. */
  get connected(): Promise<void> {
    return this.#connected.promise
  }

  /** Resolves once the caller is in a stream again, or it is certain that this will not be; undefined: the call is over. */
  get over(): Promise<CameBack | undefined> {
    return this.#over.promise
  }

  /** Somebody picked up, or has the caller. */
  dialEvent(event: 'picked-up' | 'connected'): void {
    this.pickedUp = true
    const announced = this.plan.type === 'dial' && this.plan.announce !== undefined
    if (event === 'connected' || !announced) this.#connected.resolve()
  }

  /** The carrier asks what next. */
  comeBack(came: CameBack): Onward {
    this.#came = { ...came, recorded: came.recorded ?? this.recorded }
    const onward = this.#onward(this.#came)
    this.state = 'back'
    if (onward.type !== 'stream') this.end()
    return onward
  }

  /** The caller is in a stream again, or the call is over. */
  end(): void {
    this.state = 'over'
    this.#over.resolve(this.#came)
  }
}

/** How long the carrier may take for a plan, from the stream's end to the next question. */
export function longestMs(plan: DetourPlan): number {
  switch (plan.type) {
    case 'dial':
      return plan.ringMs + plan.maxMs + aroundMs
    case 'record':
      return plan.maxMs + aroundMs
    case 'speak':
    case 'play':
      return longestPromptMs
  }
}

/** For the carrier's way from one element to the next, its retries, prompts before a recording or to a callee. */
const aroundMs = 120_000
const longestPromptMs = 900_000

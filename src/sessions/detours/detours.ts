import type { Clock, Timer } from '../../lib/clock.ts'
import { ControlError } from '../control-error.ts'
import { type CameBack, Detour, type DetourPlan, type Onward, type Recorded } from './detour.ts'
import type { Playout } from '../playout/playout.ts'

interface DetoursOptions {
  readonly clock: Clock
  /** Closes the stream so that the carrier asks for the plan. */
  readonly go: (plan: DetourPlan) => void
}

/** What the bot wanted heard before is waited for this long; a bot that never stops talking leaves all the same. */
const beforeDetourMs = 60_000
/** How long news of a recording may take after the caller has hung up. */
const recordingNewsMs = 3000

/** The caller's ways out of the stream and back, one at a time. */
export class Detours {
  readonly #options: DetoursOptions
  #detour: Detour | undefined
  #timer: Timer | undefined
  #afterRecording: (() => void) | undefined

  constructor(options: DetoursOptions) {
    this.#options = options
  }

  /** The one that the bot wants, or that the caller is on. */
  get current(): Detour | undefined {
    return this.#detour?.state === 'over' ? undefined : this.#detour
  }

  /** Begins one, once what the bot wanted heard before was heard. Throws a `ControlError`. */
  begin(
    plan: DetourPlan,
    playout: Playout | undefined,
    onward: (came: CameBack) => Onward = () => ({ type: 'stream' }),
  ): Detour {
    if (this.current || !playout) {
      const fix = 'await one transfer, message or such before the next'
      throw new ControlError('busy', 'something else has the caller', fix)
    }
    const detour = new Detour({ plan, onward })
    this.#detour = detour
    const go = () => {
      this.#timer?.cancel()
      if (this.#detour === detour && detour.state === 'wanted') this.#options.go(plan)
    }
    this.#timer = this.#options.clock.after(beforeDetourMs, go)
    playout.whenQuiet(go)
    return detour
  }

  /** The bot that wanted one is gone before it began. */
  forgetWish(): void {
    if (this.#detour?.state !== 'wanted') return
    this.#timer?.cancel()
    this.#detour.end()
    this.#detour = undefined
  }

  /** The caller is in a stream again. */
  return(): void {
    this.#detour?.end()
    this.#detour = undefined
  }

  /** The caller has hung up. Whoever was leaving a message has left one: `end` waits a moment for the news of it. */
  hangUp(end: () => void): void {
    const { current } = this
    const leavesMessage = current?.plan.type === 'record' && current.state === 'under-way' && !current.recorded
    if (!leavesMessage) {
      end()
      return
    }
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(recordingNewsMs, end)
    this.#afterRecording = end
  }

  /** The carrier has a file of what the caller said. */
  recorded(recorded: Recorded): void {
    if (this.#detour?.plan.type === 'record') this.#detour.recorded = recorded
    this.#afterRecording?.()
  }

  /** The session is over. `leaving`: what the bot asked for is still done. */
  end({ leaving }: { leaving: boolean }): void {
    this.#timer?.cancel()
    if (!leaving) this.#detour?.end()
  }
}

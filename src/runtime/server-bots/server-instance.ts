import type { Clock } from '../../lib/clock.ts'
import { createId } from '../../lib/ids.ts'
import type { Log } from '../../lib/log.ts'
import type { CallStart, SessionStart } from '../../sdk/protocol.ts'
import { BotRequest } from './bot-request.ts'
import { exitAfterBreak } from './exit-after-break.ts'
import type {
  BotLink,
  Instance,
  InstanceListener,
  InstanceState,
  LinkListener,
  LinkOver,
  SessionLink,
  SessionListener,
  Usage,
} from '../link.ts'
import { isDeadProcess } from '../dead-process.ts'
import type { Placement } from './placement.ts'
import { ProcessUsage } from '../process-usage.ts'
import { type Health, HealthWatch } from './server-health.ts'
import type { PlaceExit, ServerPlace } from './server-place.ts'
import { RelayLink } from './relay-link.ts'
import { ServerLink, type ServerLinkOptions, type ServerLinkPart, type ServerTrouble } from './server-link.ts'

export interface ServerInstanceOptions {
  /** WebSocket URL of the bot. */
  readonly url: string
  readonly sessionsPerInstance: number
  readonly connectTimeoutMs: number
  /** How long a bot may take to answer the close of its socket. */
  readonly lingerMs: number
  /** What runs the bot; absent: somebody else does, and nothing is known of it. */
  readonly placement?: Placement
  readonly clock: Clock
  readonly log: Log
}

/** A bot that is sick for so long ends: one that is idle, and one whose session has heard nothing of it either. */
const sickIdleMs = 10_000
const sickBusyMs = 30_000

/** A server bot, reached by its URL: one that somebody else runs, or one of ours in its place. */
export class ServerInstance implements Instance {
  readonly id = createId('ins')
  readonly capacity: number
  readonly offers = { calls: true, sessions: true }
  readonly #options: ServerInstanceOptions
  readonly #listener: InstanceListener
  readonly #links = new Set<ServerLinkPart>()
  readonly #watch: HealthWatch | undefined
  readonly #usage: Pick<ServerPlace, 'sample'> | undefined
  #life: 'running' | 'draining' | 'dead' = 'running'
  /** Takes sessions, as far as is known. */
  #fit = true
  #sickSince: number | undefined
  /** Why we ended it. */
  #verdict: string | undefined
  #stopping = false

  constructor(options: ServerInstanceOptions, listener: InstanceListener) {
    const { placement, clock } = options
    this.#options = options
    this.#listener = listener
    this.capacity = options.sessionsPerInstance
    if (!placement) return
    const { origin, exited, pid } = placement.place
    this.#usage = pid === undefined ? placement.place : new ProcessUsage(pid, clock)
    this.#watch = new HealthWatch({ origin, clock, onHealth: (health) => this.#onHealth(health) })
    void exited.then((exit) => this.#die(exit))
  }

  get active(): number {
    return this.#links.size
  }

  get state(): InstanceState {
    if (this.#life !== 'running') return this.#life
    return this.#fit && this.active < this.capacity ? 'ready' : 'busy'
  }

  startCall(start: CallStart, listener: LinkListener): BotLink {
    return this.#begin(start.sessionId, listener, (part) => new ServerLink({ ...part, start, listener }))
  }

  startSession(start: SessionStart, listener: SessionListener): SessionLink {
    const create = start.socket ? RelayLink : BotRequest
    return this.#begin(start.sessionId, listener, (part) => new create({ ...part, start, listener }))
  }

  #begin<Link extends ServerLinkPart>(
    sessionId: string,
    listener: Pick<LinkListener, 'onPrint'>,
    create: (options: ServerLinkOptions) => Link,
  ): Link {
    const { url, connectTimeoutMs, lingerMs, clock, placement } = this.#options
    placement?.output.begin(sessionId, listener)
    const link = create({
      url,
      connectTimeoutMs,
      lingerMs,
      clock,
      onBroken: () => this.#judge(),
      onTrouble: (what) => this.#onTrouble(what),
      onFree: () => {
        placement?.output.end(sessionId)
        this.#links.delete(link)
        this.#onFree()
      },
    })
    this.#links.add(link)
    return link
  }

  /** A container tells itself what it uses; of a process the system does. */
  async sample(): Promise<Usage | undefined> {
    return this.#usage?.sample?.()
  }

  end(why: string): void {
    this.#verdict = why
    this.#options.placement?.place.kill()
  }

  isGone(): boolean {
    const pid = this.#options.placement?.place.pid
    return pid !== undefined && isDeadProcess(pid)
  }

  drain(): void {
    if (this.#life !== 'running') return
    this.#life = 'draining'
    if (this.active === 0) this.#finish()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    const { placement } = this.#options
    if (this.#life === 'running') this.#life = 'draining'
    for (const link of this.#links) link.close('node')
    if (placement) await placement.place.stop()
    else if (this.active === 0) this.#finish()
  }

  /** The last session is over, and there will be no other. */
  #finish(): void {
    const { placement } = this.#options
    if (placement) {
      this.#stopping = true
      void placement.place.stop()
      return
    }
    this.#life = 'dead'
    this.#listener.onChange(this)
  }

  #onFree(): void {
    if (this.#life === 'dead') return
    if (this.#life === 'draining' && this.active === 0) return this.#finish()
    if (this.#watch && this.#life === 'running') {
      // The next caller gets a bot that says that it is ready, not one that died of the last call.
      this.#fit = false
      void this.#watch.ask()
    }
    this.#listener.onChange(this)
  }

  #onHealth({ state, why }: Health): void {
    const { clock, log, placement } = this.#options
    if (this.#life === 'dead') return
    const wasFit = this.#fit
    this.#fit = state === 'ready'
    if (state !== 'sick') this.#sickSince = undefined
    else {
      this.#sickSince ??= clock.monotonic()
      const heardAt = Math.max(this.#sickSince, ...[...this.#links].map((link) => link.heardAt))
      const limitMs = this.active > 0 ? sickBusyMs : sickIdleMs
      if (clock.monotonic() - heardAt >= limitMs) {
        this.#verdict = `gave no sign of life for ${limitMs / 1000} s (${why}) and was ended`
        placement?.place.kill()
      }
    }
    if (wasFit === this.#fit) return
    if (!this.#fit && this.active === 0) log.warn({ instance: this.id, why }, 'a bot takes no sessions now')
    this.#listener.onChange(this)
  }

  #onTrouble(what: ServerTrouble): void {
    const { placement, lingerMs } = this.#options
    if (!placement) return
    if (what === 'no-answer') {
      this.#fit = false
      void this.#watch?.ask()
      return
    }
    this.#verdict =
      what === 'hung'
        ? `did not close its session's socket in ${lingerMs / 1000} s and was ended`
        : 'was ended with its session'
    placement.place.kill()
  }

  /** A bot may leave without a word when it is done; one that has crashed is gone. */
  async #judge(): Promise<LinkOver> {
    const { placement, clock } = this.#options
    if (!placement) return { type: 'returned' }
    const exit = await exitAfterBreak(placement.place, clock)
    if (!exit || exit.orderly) return { type: 'returned' }
    return { type: 'lost', why: this.#describe(exit) }
  }

  #describe({ how }: PlaceExit): string {
    return `the bot's process ${this.#verdict ?? how}${this.#options.placement?.tail.quoted() ?? ''}`
  }

  #die(exit: PlaceExit): void {
    this.#watch?.stop()
    this.#options.placement?.output.flush()
    this.#life = 'dead'
    for (const link of this.#links) link.cut()
    if (this.#stopping) this.#listener.onChange(this)
    else this.#listener.onChange(this, this.#describe(exit))
  }
}

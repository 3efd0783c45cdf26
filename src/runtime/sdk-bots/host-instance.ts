import type { Clock, Timer } from '../../lib/clock.ts'
import { createId } from '../../lib/ids.ts'
import type { Log } from '../../lib/log.ts'
import { type Frame, FrameReader, FrameWriter, frameType, maxUnreadBytes } from '../../sdk/frames.ts'
import { type BotOffers, type CallStart, protocolVersion, type SessionStart } from '../../sdk/protocol.ts'
import { readCommand, readJson, writeEvent } from '../../sdk/wire.ts'
import { BotProcess, type BotProcessOptions } from './bot-process.ts'
import { isDeadProcess } from '../dead-process.ts'
import { Heartbeat } from './heartbeat.ts'
import { AskBudget } from './host-asks.ts'
import { HostLink } from './host-link.ts'
import { parsePrinted } from './host-run.ts'
import { HostSessionLink } from './host-session-link.ts'
import {
  type BotLink,
  type Instance,
  type InstanceListener,
  InstanceStartError,
  type InstanceState,
  type LinkListener,
  type SessionLink,
  type SessionListener,
  type Usage,
} from '../link.ts'
import { OutputTail } from '../output-tail.ts'
import { PrintBudget } from '../print-budget.ts'
import { createScratch, removeScratch } from '../scratch.ts'
import { ProcessUsage } from '../process-usage.ts'
import { processorShare } from './processor-share.ts'

export interface HostInstanceOptions {
  readonly process: Pick<BotProcessOptions, 'bundle' | 'workingDirectory' | 'environment' | 'maxMemoryBytes'>
  /** Folder for what the node keeps. */
  readonly home: string
  /** Calls at once in one process. */
  readonly sessionsPerInstance: number
  /** How long the bot may take from the process's start to its readiness. */
  readonly startTimeoutMs: number
  /** How long a bot's function may go on after its call's end before its process is ended. */
  readonly lingerMs: number
  readonly clock: Clock
  readonly log: Log
}

/** Half a minute of mu-law: a machine that is too busy for that long is no reason to end every call of a process. */
const unreadBytesPerCall = 256 * 1024

/** Starts a process for an SDK bot. Resolves when its bot has loaded and warmed up. */
export async function startHostInstance(
  options: HostInstanceOptions,
  listener: InstanceListener,
  signal: AbortSignal,
): Promise<Instance> {
  const scratch = await createScratch(options.home)
  if (signal.aborted) {
    await removeScratch(scratch)
    throw signal.reason
  }
  const instance = new HostInstance(options, scratch, listener)
  const stop = () => void instance[Symbol.asyncDispose]()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await instance.ready
    return instance
  } catch (error) {
    await instance[Symbol.asyncDispose]()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

class HostInstance implements Instance {
  readonly id = createId('ins')
  readonly capacity: number
  readonly ready: Promise<void>
  readonly #options: HostInstanceOptions
  readonly #listener: InstanceListener
  readonly #log: Log
  readonly #process: BotProcess
  readonly #writer: FrameWriter
  readonly #links = new Map<number, HostLink | HostSessionLink>()
  readonly #lingering = new Map<number, Timer>()
  readonly #tail = new OutputTail()
  readonly #prints: PrintBudget
  readonly #asked = new AskBudget()
  readonly #heartbeat: Heartbeat
  readonly #usage: ProcessUsage
  readonly #settleReady: PromiseWithResolvers<void>
  #lastCall = 0
  #offers: BotOffers = { calls: false, sessions: false }
  #life: 'starting' | 'running' | 'draining' | 'dead' = 'starting'
  #stopping = false

  constructor(options: HostInstanceOptions, scratch: string, listener: InstanceListener) {
    this.#options = options
    this.#listener = listener
    this.#log = options.log.child({ instance: this.id })
    this.capacity = options.sessionsPerInstance
    this.#prints = new PrintBudget(options.clock)
    this.#process = new BotProcess({
      ...options.process,
      scratch,
      clock: options.clock,
      onOutput: (stream, text) => this.#print(stream, text),
      onExit: (how) => this.#die(how),
    })
    this.#usage = new ProcessUsage(this.#process.pid, options.clock)
    this.#writer = new FrameWriter(this.#process.connection, {
      maxUnreadBytes: () => maxUnreadBytes + this.active * unreadBytesPerCall,
      onStuck: () => {
        this.#log.error({}, 'the host has stopped reading and is ended')
        this.#process.kill()
      },
    })
    this.#heartbeat = new Heartbeat({
      ask: () => this.#writer.write(frameType.ping, 0),
      share: () => processorShare(this.#process.pid),
      onDoubt: () => this.#listener.onChange(this),
      onHung: (silentMs) => this.#giveUp(silentMs),
      clock: options.clock,
    })
    const reader = new FrameReader()
    this.#process.connection.on('data', (bytes: Buffer) => this.#read(reader, bytes))
    // A bot that closes its end has no way left to take part in a call, whatever else it does.
    this.#process.connection.on('close', () => this.#process.kill())
    this.#settleReady = Promise.withResolvers()
    const timer = options.clock.after(options.startTimeoutMs, () => {
      const seconds = options.startTimeoutMs / 1000
      this.#settleReady.reject(new InstanceStartError(`the bot was not ready after ${seconds} s${this.#tail.quoted()}`))
    })
    this.ready = this.#settleReady.promise.finally(() => timer.cancel())
  }

  get active(): number {
    return this.#links.size
  }

  get state(): InstanceState {
    if (this.#life !== 'running') return this.#life
    return this.active < this.capacity && !this.#heartbeat.inDoubt ? 'ready' : 'busy'
  }

  sample(): Promise<Usage | undefined> {
    return this.#usage.sample()
  }

  end(why: string): void {
    this.#process.kill()
    this.#die(why)
  }

  isGone(): boolean {
    return isDeadProcess(this.#process.pid)
  }

  get offers(): BotOffers {
    return this.#offers
  }

  startCall(start: CallStart, listener: LinkListener): BotLink {
    return this.#begin(new HostLink({ start, listener, ...this.#nextPlace() }))
  }

  startSession(start: SessionStart, listener: SessionListener): SessionLink {
    return this.#begin(new HostSessionLink({ start, listener, ...this.#nextPlace() }))
  }

  #nextPlace() {
    const call = ++this.#lastCall
    const onFree = () => this.#free(call)
    const onLinger = () => this.#linger(call)
    return { call, writer: this.#writer, budget: this.#asked, clock: this.#options.clock, onFree, onLinger }
  }

  #begin<Link extends HostLink | HostSessionLink>(link: Link): Link {
    this.#links.set(this.#lastCall, link)
    this.#beat()
    if (this.#life === 'dead') queueMicrotask(() => link.lose('the instance died before the call began'))
    return link
  }

  drain(): void {
    if (this.#life !== 'running') return
    this.#life = 'draining'
    if (this.active === 0) void this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    this.#heartbeat.stop()
    for (const timer of this.#lingering.values()) timer.cancel()
    this.#lingering.clear()
    await this.#process.stop()
  }

  #read(reader: FrameReader, bytes: Buffer): void {
    this.#heartbeat.alive()
    try {
      reader.push(bytes, (frame) => this.#receive(frame))
    } catch (error) {
      // A host that breaks the protocol cannot be trusted with its other calls either.
      this.#log.error({ err: error }, 'the host broke the protocol and is ended')
      this.#process.kill()
    }
  }

  #receive(frame: Frame): void {
    if (frame.call > this.#lastCall) this.#refuse(frame)
    else if (frame.call !== 0) this.#links.get(frame.call)?.receive(frame)
    else if (frame.type === frameType.ready) this.#becomeReady(frame)
    else if (frame.type === frameType.printed) {
      const { stream, text } = parsePrinted(readJson(frame))
      this.#print(stream, text)
    }
  }

  /** A process has its own calls, by numbers that mean nothing elsewhere. */
  #refuse(frame: Frame): void {
    const { call, type } = frame
    this.#log.warn({ call, type }, 'the bot asked for a call that is not its own; refused')
    const command = readCommand(frame)
    if (command?.type !== 'request') return
    const failure = { code: 'not-allowed', message: 'a bot controls its own calls only' } as const
    writeEvent(this.#writer, call, { type: 'reply', id: command.id, failure })
  }

  #becomeReady(frame: Frame): void {
    const hello = readJson(frame)
    const version = typeof hello === 'object' && hello !== null && 'protocol' in hello ? hello.protocol : undefined
    if (version !== protocolVersion) {
      const told = `it speaks protocol ${String(version)}, this node speaks ${protocolVersion}`
      this.#settleReady.reject(new InstanceStartError(told))
      return
    }
    if (this.#life !== 'starting') return
    this.#offers = parseOffers(hello)
    this.#life = 'running'
    this.#beat()
    this.#settleReady.resolve()
  }

  /** Whoever halts a bot in a debugger has hung it on purpose. */
  #beat(): void {
    const { environment } = this.#options.process
    const debugged = /--inspect/.test(environment['NODE_OPTIONS'] ?? '')
    if (!debugged) this.#heartbeat.beat(this.active > 0 ? 'busy' : 'idle')
  }

  /** The process does not answer: its calls go elsewhere now, not when it is gone. */
  #giveUp(silentMs: number): void {
    this.end(`gave no sign of life for ${(silentMs / 1000).toFixed(1)} s and was ended: its event loop is blocked`)
  }

  #print(stream: 'stdout' | 'stderr', text: string): void {
    this.#tail.add(text)
    this.#prints.pass(text, (said) => this.#log.info({ stream }, said.trimEnd()))
  }

  #linger(call: number): void {
    const timer = this.#options.clock.after(this.#options.lingerMs, () => {
      this.#log.warn({ lingerMs: this.#options.lingerMs }, 'the bot goes on after its call; its process is ended')
      this.#lingering.delete(call)
      if (this.capacity === 1) this.#process.kill()
      else {
        this.#free(call)
        this.drain()
      }
    })
    this.#lingering.set(call, timer)
  }

  #free(call: number): void {
    this.#lingering.get(call)?.cancel()
    this.#lingering.delete(call)
    this.#links.delete(call)
    this.#beat()
    if (this.#life === 'draining' && this.active === 0) void this[Symbol.asyncDispose]()
    else this.#listener.onChange(this)
  }

  #die(how: string): void {
    if (this.#life === 'dead') return
    const why = `the bot's process ${how}${this.#life === 'starting' ? ' before it was ready' : ''}${this.#tail.quoted()}`
    this.#life = 'dead'
    this.#heartbeat.stop()
    this.#settleReady.reject(new InstanceStartError(why))
    this.#settleReady.promise.catch(() => undefined)
    for (const timer of this.#lingering.values()) timer.cancel()
    for (const link of this.#links.values()) link.lose(why)
    this.#links.clear()
    if (this.#stopping) this.#listener.onChange(this)
    else this.#listener.onChange(this, why)
  }
}

function parseOffers(hello: unknown): BotOffers {
  const { offers } = (hello ?? {}) as { offers?: { calls?: unknown; sessions?: unknown } }
  return { calls: offers?.calls === true, sessions: offers?.sessions === true }
}

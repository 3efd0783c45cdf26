import { type AudioFormat, mulaw8k } from '../audio/format.ts'
import type { BotCode } from '../runtime/bot-code.ts'
import type { Pool } from '../runtime/pool/pool.ts'
import type { Agent } from './agent.ts'

export interface AgentSettings extends Pick<Agent, 'maxSessionSeconds'> {
  readonly name: string
  readonly organization: string
  readonly code: BotCode
  readonly webSocketAuth?: 'token' | 'none'
  readonly audio?: AudioFormat
  readonly policy?: Agent['policy']
  /** Whole calls are recorded, by the carrier. Default: they are not. */
  readonly recording?: Agent['recording']
  /** Calls at once in one instance. Default 1. */
  readonly sessionsPerInstance?: number
  /** Instances kept, in use or not; beyond those in use half as many again are kept ready. Default 1. */
  readonly warmInstances?: number
  /** Calls at once. Default: as many as the node takes. */
  readonly maxSessions?: number
  /** Calls that one instance serves in its life; then a fresh one takes its place. Default: any number. */
  readonly maxUses?: number | undefined
  /** What one instance may use; one that uses more is ended. Default: as much as there is. */
  readonly maxMemoryBytes?: number | undefined
  /** Of its code, for the records of its sessions. */
  readonly version?: string
  /** Environment of the bot's process. Default: nothing but what it needs to run. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** What may change while its instances stay. */
export type Scaling = Pick<AgentSettings, 'warmInstances' | 'maxSessions'>

/** An agent and what new calls get of it; sessions hold on to it over deployments. */
export class DeployedAgent implements Agent {
  #settings: AgentSettings
  #pool: Pool

  constructor(settings: AgentSettings, pool: Pool) {
    this.#settings = settings
    this.#pool = pool
  }

  get name(): string {
    return this.#settings.name
  }

  get organization(): string {
    return this.#settings.organization
  }

  get version(): string | undefined {
    return this.#settings.version
  }

  get webSocketAuth(): 'token' | 'none' {
    return this.#settings.webSocketAuth ?? 'token'
  }

  get audio(): AudioFormat {
    return this.#settings.audio ?? mulaw8k
  }

  get policy(): Agent['policy'] {
    return this.#settings.policy
  }

  get recording(): Agent['recording'] {
    return this.#settings.recording
  }

  get maxSessions(): number | undefined {
    return this.#settings.maxSessions
  }

  get maxSessionSeconds(): number | undefined {
    return this.#settings.maxSessionSeconds
  }

  get pool(): Pool {
    return this.#pool
  }

  get settings(): AgentSettings {
    return this.#settings
  }

  rescale(scaling: Scaling): void {
    this.#settings = { ...this.#settings, ...scaling }
  }

  replace(settings: AgentSettings, pool: Pool): void {
    this.#settings = settings
    this.#pool = pool
  }
}

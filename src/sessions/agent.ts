import type { AudioFormat } from '../audio/format.ts'
import type { Pool } from '../runtime/pool/pool.ts'
import type { CallPolicy } from './call-policy.ts'

/** A deployed bot, as a call sees it. */
export interface Agent {
  readonly organization: string
  readonly name: string
  /** `token`: a stream needs a ticket or the carrier's signature. `none`: anyone who knows the address may connect. */
  readonly webSocketAuth: 'token' | 'none'
  /** What the carrier is asked to send; a stream's own `start` has the last word. */
  readonly audio: AudioFormat
  /** Of what new calls get; undefined where there are no versions. */
  readonly version?: string | undefined
  /** Calls at once. Default: as many as the node takes. */
  readonly maxSessions?: number | undefined
  /** How long a session may last. Default: two hours. */
  readonly maxSessionSeconds?: number | undefined
  readonly policy?: CallPolicy | undefined
  /** Whole calls are recorded, by the carrier. */
  readonly recording?: { readonly format: 'mp3' | 'wav'; readonly channels: 'mono' | 'stereo' } | undefined
  /** Instances of the version that new calls get. */
  readonly pool: Pool
}

/** Where the node looks agents up. */
export interface AgentDirectory {
  find(organization: string, name: string): Agent | undefined
  /** Service hosts (`agent.organization`) of all there are: for the log line that helps with a wrong name. */
  list(): readonly string[]
  /** Resolves at once, or, while the node starts, when the agent has come up or a caller can wait no longer. */
  arrival?(organization: string, name: string): Promise<void>
}

export const serviceHost = (agent: Pick<Agent, 'name' | 'organization'>): string =>
  `${agent.name}.${agent.organization}`

import type { Usage } from '../link.ts'

/** Where a server bot of ours runs: a process or a container that listens on a port. */
export interface ServerPlace {
  /** How the node reaches it: `http://127.0.0.1:20123`. */
  readonly origin: string
  /** The process that is the bot, where there is one on this machine. Its process group has the same number. */
  readonly pid?: number | undefined
  /** Resolves when it is gone, whoever ended it, and all it printed has been told. Never rejects. */
  readonly exited: Promise<PlaceExit>
  /** Asks it to end, and ends it after a while. Resolves when it is gone. */
  stop(): Promise<void>
  /** Ends it now. */
  kill(): void
  /** What it uses, averaged since the last sample, where the place itself knows. */
  sample?(): Promise<Usage | undefined>
  /** What its author should know when nothing answers at `origin`; undefined: nothing more than that. */
  diagnose?(): Promise<string | undefined>
}

export interface PlaceExit {
  /** Completes "the bot's process …": `exited with code 1`. */
  readonly how: string
  /** It ended as a program does that is done: nobody has to be told of a crash. */
  readonly orderly: boolean
}

/** Told what the bot prints, as it comes. */
export type OnOutput = (stream: 'stdout' | 'stderr', text: string) => void

/**
 * Makes a place and starts the server bot in it, which may need its time to listen. Rejects with an `InstanceStartError` when
 * it cannot be made. Every place of one version is made by the same function.
 */
export type OpenPlace = (onOutput: OnOutput, signal: AbortSignal) => Promise<ServerPlace>

import type { Profile } from './profile.ts'

/** What runs behind an agent. */
export type BotCode =
  /** A bundled SDK bot. */
  | { readonly kind: 'bundle'; readonly path: string; readonly workingDirectory: string }
  /** A server bot that somebody else runs: its WebSocket URL. */
  | { readonly kind: 'url'; readonly url: string }
  /** A server bot that the node starts as a process: program and arguments. */
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly workingDirectory: string }
  /** A server bot that the node starts in containers. */
  | {
      readonly kind: 'image'
      /** What the node's container engine knows the image by. */
      readonly image: string
      readonly profile: Profile
      /** For those who look at the engine's list. */
      readonly labels: Readonly<Record<string, string>>
    }

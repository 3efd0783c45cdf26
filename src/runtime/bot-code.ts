/** What runs behind an agent. */
export type BotCode =
  /** A bundled SDK bot. */
  | { readonly kind: 'bundle'; readonly path: string; readonly workingDirectory: string }
  /** A server bot that somebody else runs: its WebSocket URL. */
  | { readonly kind: 'url'; readonly url: string }
  /** A server bot that the node starts as a process: program and arguments. */
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly workingDirectory: string }

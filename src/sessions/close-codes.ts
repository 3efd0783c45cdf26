/** Why the node closes a carrier's stream. README.md lists them for people. */
export const closeCodes = {
  /** The bot is done, or the call is over. */
  normal: 1000,
  /** The node stops, or somebody ended the session. */
  goingAway: 1001,
  /** A binary frame: the carrier's stream is text. */
  binary: 1003,
  /** Text that is no stream message, or a first message that is no `start`. */
  unreadable: 1007,
  /** More than 64 KiB in one message; closed by the WebSocket library. */
  tooBig: 1009,
  /** The bot could not be started, threw, or was lost. */
  botFailed: 1011,
  /** The stream does not belong to the call it was admitted for. */
  notAdmitted: 4403,
  /** No `start` within 10 s. */
  startTimeout: 4408,
  /** The session has lasted as long as it may. */
  maxDuration: 4410,
  /** The call has a live stream already. */
  secondStream: 4409,
  /** The node has as many calls as it takes. */
  full: 4429,
} as const

/** What to do about a stream that was closed for a mistake: for the log. */
export const closeFixes: Readonly<Record<number, string>> = {
  [closeCodes.binary]: 'send JSON text, with the audio in base64',
  [closeCodes.unreadable]: 'send what Plivo sends: docs/plivo.md, 4.2',
  [closeCodes.notAdmitted]: 'let the number of this call ask /plivo-xml of this node, for the agent that is to take it',
  [closeCodes.startTimeout]: 'send start first, as soon as the socket is open',
  [closeCodes.secondStream]: 'one stream at a time for each call',
  [closeCodes.full]:
    'wait for a call to end; offhook ps shows what the node is short of, unless OFFHOOK_MAX_CALLS says how many',
}

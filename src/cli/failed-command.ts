/** A command that was understood and could not be done. The message says why, and what to do. */
export class FailedCommandError extends Error {
  override readonly name = 'FailedCommandError'
}

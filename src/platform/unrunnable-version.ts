/** A version that this node cannot run. The message is for the person who deployed it. */
export class UnrunnableVersionError extends Error {
  override readonly name = 'UnrunnableVersionError'
  /** As Pipecat Cloud's tools know it. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

import type { ControlFailure } from './control.ts'

const brand = Symbol.for('offhook.CallControlError')

/** Why something that was asked of the node was not done. */
export class CallControlError extends Error {
  override readonly name = 'CallControlError'
  /** What went wrong, to decide by: `unavailable` was not done, `unknown-outcome` perhaps was. */
  readonly code: ControlFailure['code']
  /** What a person can do about it. */
  readonly fix: string | undefined
  readonly [brand] = true

  /** @internal */
  constructor({ code, message, fix }: ControlFailure, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.fix = fix
  }

  /** A bot is bundled with a copy of this class of its own: the copies know each other's errors. */
  static override [Symbol.hasInstance](value: unknown): value is CallControlError {
    return typeof value === 'object' && value !== null && brand in value
  }
}

/** What can no longer be done. Its cause is the reason of `signal`: a bot that dies of it has not crashed. */
export const callOver = (signal: AbortSignal): CallControlError =>
  new CallControlError({ code: 'call-over', message: 'the call is over' }, { cause: signal.reason })

/** One line for whoever reads what a bot printed: what failed, why, and what to do about it. */
export function describeError(verb: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const what = message.startsWith(verb) ? message : `${verb}: ${message}`
  return error instanceof CallControlError && error.fix !== undefined ? `${what}: ${error.fix}\n` : `${what}\n`
}

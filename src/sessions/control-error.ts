import type { ControlFailure } from '../sdk/control.ts'

/** What a bot asked for was not done. The bot gets the failure as it is. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly failure: ControlFailure

  constructor(code: ControlFailure['code'], message: string, fix?: string) {
    super(message)
    this.failure = { code, message, ...(fix !== undefined && { fix }) }
  }
}

import { CallEngine } from './engine.ts'
import type { EngineOptions, InboundOptions } from './engine-options.ts'
import type { SimulatedCall } from './simulated-call.ts'

/** A call and the Plivo account that it comes to. */
export interface DialOptions extends InboundOptions, Pick<EngineOptions, 'clock' | 'phones' | 'recordingsFolder'> {
  /** Requests are signed with each of them. Default none: then nothing is signed. */
  readonly authTokens?: readonly string[]
  /** For `X-Plivo-Signature-Ma-V3`, when `authTokens` are those of a subaccount. */
  readonly mainAuthToken?: string
  /** Default MAEXAMPLE00000000000. */
  readonly authId?: string
}

/**
 * Calls a Plivo number, with an engine of its own: asks its answer URL for XML and does what it says, as Plivo would
 * (Plivo reference 1.1).
 * @throws TypeError when a URL is not http or https.
 * @throws RangeError when the caller is to press a key that does not exist.
 */
export function dial(options: DialOptions): SimulatedCall {
  const { authTokens = [], authId = 'MAEXAMPLE00000000000', ...account } = options
  const { clock, mainAuthToken, phones, recordingsFolder, ...call } = account
  const engine = new CallEngine({
    authId,
    authTokens,
    ...(clock && { clock }),
    ...(phones && { phones }),
    ...(mainAuthToken !== undefined && { mainAuthToken }),
    ...(recordingsFolder !== undefined && { recordingsFolder }),
  })
  return engine.receive(call)
}

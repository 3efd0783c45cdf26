import { sleep } from '../../lib/clock.ts'
import type { ControlRequest } from '../../sdk/control.ts'
import { ControlError } from '../control-error.ts'
import type { VerbContext } from './verb-context.ts'

type Request = Extract<ControlRequest, { verb: 'send-digits' }>

const waits: Readonly<Record<string, number>> = { w: 500, W: 1000 }

/** Sounds keys to the far end. The waits are timed here: the carrier's stream knows keys only. */
export async function sendDigits({ digits }: Request, context: VerbContext): Promise<Record<string, never>> {
  const { clock, signal } = context
  for (const part of digits.match(/[wW]|[^wW]+/g) ?? []) {
    if (signal.aborted) throw new ControlError('call-over', 'the call ended before all keys were sent')
    const waitMs = waits[part]
    if (waitMs === undefined) context.sendDigits(part)
    else await sleep(clock, waitMs, signal)
  }
  return {}
}

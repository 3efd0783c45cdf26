import type { ControlRequest, TransferResult } from '../../sdk/control.ts'
import type { CameBack, Dialled, Onward } from '../detours/detour.ts'
import type { VerbContext } from './verb-context.ts'

type Request = Extract<ControlRequest, { verb: 'transfer' }>

/** Connects the caller with somebody. Resolves when they talk, or when it is clear that they will not. */
export async function transfer(request: Request, { leave, clock }: VerbContext): Promise<TransferResult> {
  const { to, announce, acceptKey, ringMs, maxMs, callerId } = request
  const detour = leave(
    {
      type: 'dial',
      to,
      ringMs,
      maxMs,
      ...(announce !== undefined && { announce, acceptKey: acceptKey ?? '1' }),
      ...(callerId !== undefined && { callerId }),
    },
    (came) => onward(request, came),
  )
  let connectedAt: number | undefined
  const answered = detour.connected.then((): TransferResult => {
    connectedAt = clock.monotonic()
    return { outcome: 'answered' }
  })
  const over = detour.over.then((came): TransferResult => {
    if (came === undefined) return { outcome: connectedAt === undefined ? 'caller-hung-up' : 'answered' }
    if (!wasAnswered(came)) return missed(came.dialled, detour.pickedUp)
    const talkedMs = connectedAt === undefined ? 0 : Math.round(clock.monotonic() - connectedAt)
    return { outcome: 'answered', talkedMs }
  })
  return request.afterwards === 'hang-up' ? Promise.race([answered, over]) : over
}

function onward({ onFail, afterwards }: Request, came: CameBack): Onward {
  if (wasAnswered(came)) return { type: afterwards === 'bot' ? 'stream' : 'hang-up' }
  if (onFail === 'bot') return { type: 'stream' }
  return onFail === 'hang-up' ? { type: 'hang-up' } : { type: 'say', text: onFail.say }
}

const wasAnswered = ({ dialled }: CameBack) => dialled?.status === 'completed'

function missed(dialled: Dialled | undefined, pickedUp: boolean): TransferResult {
  const cause = dialled?.cause
  return { outcome: missedOutcome(dialled, pickedUp), ...(cause !== undefined && { cause }) }
}

function missedOutcome(
  dialled: Dialled | undefined,
  pickedUp: boolean,
): Exclude<TransferResult['outcome'], 'answered' | 'caller-hung-up'> {
  // Picked up, and did not take the call when asked.
  if (pickedUp) return 'declined'
  switch (dialled?.status) {
    case 'busy':
      return 'busy'
    case 'no-answer':
    case 'timeout':
      return 'no-answer'
    default:
      return dialled?.cause === 'CALL_REJECTED' ? 'declined' : 'failed'
  }
}

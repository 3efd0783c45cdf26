import type { ControlRequest, TransferRequest } from './control.ts'
import { milliseconds } from './milliseconds.ts'

/** A number with country code, or several that ring at once; or a SIP address. */
export type TransferTarget = string | readonly string[] | { readonly sip: string }

export interface TransferOptions {
  /** Spoken to whoever answers, before the caller is there: they accept with `acceptKey`. Default: nothing. */
  readonly announce?: string
  /** The key with which whoever answers takes the call. Default `1` with `announce`, otherwise none is asked for. */
  readonly acceptKey?: string
  /** Milliseconds it may ring. Default 25000. */
  readonly ringMs?: number
  /** Milliseconds the two may talk. Default 4 hours. */
  readonly maxMs?: number
  /** The number that the far end sees. Default: the caller's. */
  readonly callerId?: string
  /** What becomes of the caller when nobody takes the call. Default: back to the bot. */
  readonly onFail?: TransferRequest['onFail']
  /** What becomes of the caller after the talk. Default `hang-up`. */
  readonly afterwards?: TransferRequest['afterwards']
}

const fourHoursMs = 4 * 60 * 60 * 1000

/** Throws a `TypeError` or `RangeError` that names what is wrong. */
export function toTransferRequest(
  to: TransferTarget,
  options: TransferOptions,
): Extract<ControlRequest, { verb: 'transfer' }> {
  const { announce, acceptKey = announce === undefined ? undefined : '1', callerId } = options
  const { onFail = 'bot', afterwards = 'hang-up' } = options
  if (acceptKey !== undefined && !/^[0-9*#]$/.test(acceptKey))
    throw new RangeError(`transfer: acceptKey is one key of 0-9 * #, got ${acceptKey}`)
  if (onFail !== 'bot' && onFail !== 'hang-up' && typeof onFail?.say !== 'string')
    throw new TypeError(`transfer: onFail is 'bot', 'hang-up' or { say: text }, got ${JSON.stringify(onFail)}`)
  if (afterwards !== 'bot' && afterwards !== 'hang-up')
    throw new TypeError(`transfer: afterwards is 'hang-up' or 'bot', got ${JSON.stringify(afterwards)}`)
  return {
    verb: 'transfer',
    to: targets(to),
    ringMs: milliseconds('transfer: ringMs', options.ringMs, { min: 1000, otherwise: 25_000 }),
    maxMs: milliseconds('transfer: maxMs', options.maxMs, { min: 1000, otherwise: fourHoursMs }),
    onFail,
    afterwards,
    ...(announce !== undefined && { announce }),
    ...(acceptKey !== undefined && { acceptKey }),
    ...(callerId !== undefined && { callerId }),
  }
}

function targets(to: TransferTarget): string[] {
  const all = typeof to === 'string' ? [to] : 'sip' in to ? [sipAddress(to.sip)] : [...to]
  if (all.length === 0) throw new TypeError('transfer needs somebody to call')
  for (const one of all) {
    if (typeof one === 'string' && (/^\+?[0-9]{3,15}$/.test(one) || /^sips?:[^\s<>"']+$/.test(one))) continue
    throw new TypeError(
      `transfer: a number is digits with country code, such as 14155550100, got ${JSON.stringify(one)}`,
    )
  }
  return all
}

const sipAddress = (sip: string): string => (/^sips?:/.test(sip) ? sip : `sip:${sip}`)

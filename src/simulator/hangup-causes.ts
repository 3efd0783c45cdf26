/** How a call ended, as the hangup webhook says it (section 8). */
export interface HangupCause {
  /** Raw telephony cause, such as `NORMAL_CLEARING`. */
  readonly cause: string
  readonly code: number
  readonly name: string
  readonly source: 'Caller' | 'Callee' | 'Plivo' | 'Carrier' | 'API Request' | 'Answer XML' | 'Error'
}

/** What a document was asked for; it decides the code when the asking fails. */
export type DocumentPurpose = 'answer' | 'action' | 'transfer' | 'redirect'

const normal = (code: number, name: string, source: HangupCause['source']): HangupCause => ({
  cause: 'NORMAL_CLEARING',
  code,
  name,
  source,
})

export const callerHungUp = normal(4000, 'Normal Hangup', 'Caller')
export const hangupElement = normal(4000, 'Normal Hangup', 'Answer XML')
export const endOfXml = normal(4010, 'End Of XML Instructions', 'Plivo')
export const scheduledHangup = normal(6000, 'Scheduled Hangup', 'Plivo')
export const rejected: HangupCause = { cause: 'CALL_REJECTED', code: 3020, name: 'Rejected', source: 'Answer XML' }
export const busy: HangupCause = { cause: 'USER_BUSY', code: 3010, name: 'Busy Line', source: 'Answer XML' }

export const calleeHungUp = normal(4000, 'Normal Hangup', 'Callee')
export const calleeDeclined: HangupCause = { cause: 'CALL_REJECTED', code: 3020, name: 'Rejected', source: 'Callee' }
export const calleeBusy: HangupCause = { cause: 'USER_BUSY', code: 3010, name: 'Busy Line', source: 'Carrier' }
export const unallocated: HangupCause = {
  cause: 'UNALLOCATED_NUMBER',
  code: 3050,
  name: 'Unallocated number',
  source: 'Carrier',
}
export const ringTimeout: HangupCause = {
  cause: 'NO_ANSWER',
  code: 6010,
  name: 'Ring Timeout Reached',
  source: 'Plivo',
}
export const hungUpOnRing: HangupCause = { cause: 'ORIGINATOR_CANCEL', code: 1000, name: 'Canceled', source: 'Plivo' }
export const apiHungUp = normal(4000, 'Normal Hangup', 'API Request')
export const apiCancelled: HangupCause = {
  cause: 'ORIGINATOR_CANCEL',
  code: 1000,
  name: 'Canceled',
  source: 'API Request',
}
export const dialEnded = normal(4000, 'Normal Hangup', 'Plivo')
export const lostRace: HangupCause = { cause: 'ORIGINATOR_CANCEL', code: 9000, name: 'Lost Race', source: 'Plivo' }
export const machineDetected = normal(9100, 'Machine Detected', 'Plivo')
export const confirmFailed = normal(9110, 'Confirm Key Challenge Failed', 'Plivo')

/** `CallStatus` of a call that was dialled and not answered (section 8). */
export function unansweredStatus({ code }: HangupCause): 'busy' | 'failed' | 'no-answer' {
  if (code === busy.code) return 'busy'
  return code === ringTimeout.code ? 'no-answer' : 'failed'
}

export const cancelled = (code: 1000 | 4000): HangupCause =>
  code === 1000 ? { cause: 'ORIGINATOR_CANCEL', code, name: 'Canceled', source: 'Caller' } : callerHungUp

const place = {
  answer: { digit: 1, name: 'Answer' },
  action: { digit: 2, name: 'Action' },
  transfer: { digit: 3, name: 'Transfer' },
  redirect: { digit: 4, name: 'Redirect' },
} as const

export const unreachable = (purpose: DocumentPurpose): HangupCause =>
  normal(7010 + place[purpose].digit, `Error Reaching ${place[purpose].name} URL`, 'Error')

export const invalidUrl = (purpose: DocumentPurpose): HangupCause =>
  normal(7020 + place[purpose].digit, `Invalid ${place[purpose].name} URL`, 'Error')

export const invalidMethod = (purpose: DocumentPurpose): HangupCause =>
  normal(7030 + place[purpose].digit, `Invalid Method For ${place[purpose].name} URL`, 'Error')

export const invalidXml = (purpose: DocumentPurpose): HangupCause =>
  normal(8010 + place[purpose].digit, `Invalid ${place[purpose].name} XML`, 'Error')

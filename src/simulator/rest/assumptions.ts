import type { AssumptionNote } from '../assumptions.ts'

/** What Plivo's REST API does where no source says so, or where sources disagree; each can be changed for a server. */
class Defaults {
  readonly unauthorizedReply: 'json' | 'text' = 'json'
  readonly foreignAccount: 401 | 403 | 404 = 401
  readonly limitOutOfRange: 'reject' | 'clamp' = 'reject'
  readonly rateLimitCountsMakeCall: boolean = true
  readonly makeCallStatus: 201 | 200 = 201
  readonly bulkCallMessage: string = 'call fired'
  readonly unknownCallerId: 'accept' | 'refuse' = 'accept'
  readonly invalidSipHeaders: 'reject' | 'drop' = 'reject'
  readonly cancelRequest: 'queued' | 'unanswered' = 'unanswered'
  readonly ringingCallsAreLive: boolean = true
  readonly callRecordDelayMs: number = 1_000
  readonly keptCallRecords: number = 10_000
  readonly filterTimeZone: 'utc' | 'account' = 'utc'
  readonly hangUpAllAtCallPath: boolean = true
  readonly transferMessage: 'call transferred' | 'call transfered' = 'call transferred'
  readonly actionsWhileRinging: 'refuse' | 'accept' = 'refuse'
  readonly recordReply: 'started' | 'async' = 'started'
  readonly stopWithoutStream: 404 | 204 = 404
  readonly streamListCount: 'total_count' | 'count' = 'total_count'
  readonly emptyAppIdUnlinks: boolean = true
}

export type RestAssumptions = Defaults

export const defaultRestAssumptions: RestAssumptions = new Defaults()

export const resolveRestAssumptions = (changes: Partial<RestAssumptions> = {}): RestAssumptions =>
  Object.assign(new Defaults(), changes)

/** One line for each assumption, in the order in which they matter during a request. */
export const restAssumptionNotes: { readonly [Name in keyof RestAssumptions]: AssumptionNote } = {
  unauthorizedReply: { source: '7.1', about: 'body of a 401: JSON as with every other error, or a line of text' },
  foreignAccount: { source: '7.1', about: 'status when the path names an account that the credentials are not of' },
  limitOutOfRange: { source: '7.1', about: 'a `limit` beyond 1 to 20: 400, or the nearest that may be' },
  rateLimitCountsMakeCall: { source: '7.2', about: 'whether Make Call counts among the requests that are limited' },
  makeCallStatus: { source: '7.3', about: 'status of Make Call; an old page has 200' },
  bulkCallMessage: { source: '7.3', about: '`message` of a Make Call with several destinations, none of them queued' },
  unknownCallerId: { source: '7.3', about: 'a `from` that is no number of the account: dialled all the same, or 400' },
  invalidSipHeaders: { source: '7.3', about: '`sip_headers` of other than letters and digits: 400, or left out' },
  cancelRequest: { source: '7.3', about: 'which requests can be cancelled: those that wait, or those that ring too' },
  ringingCallsAreLive: { source: '7.3', about: 'whether a call that still rings is among the live ones' },
  callRecordDelayMs: { source: '7.3', about: 'time from the end of a call to its CDR' },
  keptCallRecords: { source: '7.3', about: 'how many CDRs and recordings are remembered, the latest' },
  filterTimeZone: { source: '7.3', about: 'time zone of times in filters of lists: UTC, or that of the account' },
  hangUpAllAtCallPath: { source: '7.3', about: 'whether DELETE Call/ hangs up all calls, or is no such method' },
  transferMessage: { source: '7.3', about: '`message` of a transfer, as pages or as fixtures spell it' },
  actionsWhileRinging: { source: '7.4', about: 'in-call actions and transfers before the answer: 404, or done' },
  recordReply: { source: 'C-23', about: 'reply to Record with a `callback_url`: with the recording, or async' },
  stopWithoutStream: { source: '7.4', about: 'status of stopping a stream when there is none to stop' },
  streamListCount: { source: '7.4', about: 'name of the count in the `meta` of a list of streams' },
  emptyAppIdUnlinks: { source: '7.6', about: 'an empty `app_id` for a number: unlinks it, or changes nothing' },
}

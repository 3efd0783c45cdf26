import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { systemClock, type Clock } from '../../lib/clock.ts'
import { silentLog, type Log } from '../../lib/log.ts'
import { defaultAssumptions, type Assumptions } from '../assumptions.ts'
import type { EngineOptions } from '../engine-options.ts'
import { PhoneBook, plainNumber } from '../phone-book.ts'
import { AccountState } from './account-state.ts'
import { actionRoutes } from './action-routes.ts'
import { ApiError } from './api-error.ts'
import { applicationRoutes } from './application-routes.ts'
import { resolveRestAssumptions, type RestAssumptions } from './assumptions.ts'
import { callRoutes } from './call-routes.ts'
import { controlRoutes, rentNumber } from './control-routes.ts'
import { requireCredentials, type PlivoAccount } from './credentials.ts'
import { DataFile, loadDataFile } from './data-file.ts'
import { numberRoutes } from './number-routes.ts'
import { recordingMedia, recordingRoutes } from './recording-routes.ts'
import { plivoRequestRate, RequestLimit, type RequestRate } from './request-limit.ts'
import { streamRoutes } from './stream-routes.ts'
import { Switchboard } from './switchboard.ts'

/** Plivo's limits (section 7.2). */
interface RestLimits {
  /** Default 300 in 5 s. */
  readonly requests: RequestRate | 'unlimited'
  /** Outbound calls; those above it wait. Default 2. */
  readonly callsPerSecond: number
  /** Inbound calls; those above it hear that the line is busy. Default 10. */
  readonly inboundCallsPerSecond: number
  /** Calls that wait, ring or are up at once; Make Call is refused with 403 above it. Default no limit. */
  readonly concurrentCalls: number
}

export interface RestApiOptions {
  readonly account: PlivoAccount
  /** Where recordings can be fetched, without a slash at the end: `http://127.0.0.1:8090`. */
  readonly publicUrl: () => string
  /** Where recordings are written. Without it none are. */
  readonly recordingsFolder?: string
  /** Keeps applications, numbers, CDRs and recordings from one run to the next. */
  readonly dataFile?: string
  /** Numbers that the account has rented, in addition to those of the data file. */
  readonly numbers?: readonly string[]
  /** What a dialled number does. Default: answers after a second, and is silent. */
  readonly phones?: PhoneBook
  readonly limits?: Partial<RestLimits>
  readonly assumptions?: Partial<RestAssumptions>
  /** What Plivo is assumed to do during calls. */
  readonly callAssumptions?: Partial<Assumptions>
  /** What goes wrong on purpose, in every call. */
  readonly faults?: EngineOptions['faults']
  /** Finished calls of which timeline and audio are kept. Default 100. */
  readonly keptCalls?: number
  readonly clock?: Clock
  readonly log?: Log
}

/** Disposing of it hangs up every call, waits for the end of all and writes the data file. */
export interface RestApi extends AsyncDisposable {
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly state: AccountState
  readonly switchboard: Switchboard
  readonly phones: PhoneBook
}

/**
 * Plivo's Voice REST API for one account, below `/v1/Account/{auth_id}` (Plivo reference 7), recordings below
 * `/recordings`, and the simulator's own API below `/simulator`.
 * @throws Error when the data file cannot be read.
 */
export async function openRestApi(options: RestApiOptions): Promise<RestApi> {
  const { clock = systemClock, log = silentLog, phones = new PhoneBook(), dataFile: path } = options
  const assumptions = resolveRestAssumptions(options.assumptions)
  let file: DataFile | undefined
  const state = new AccountState(() => file?.changed(), assumptions.keptCallRecords)
  if (path !== undefined) {
    await loadDataFile(path, state)
    const onError = (error: unknown) => log.error({ err: error, path }, 'the data file could not be written')
    file = new DataFile({ path, clock, rows: () => state.rows, onError })
  }
  for (const number of options.numbers ?? []) rentNumber(state, plainNumber(number), clock.now())
  const switchboard = new Switchboard({
    clock,
    state,
    engine: engineOptions(options, phones),
    callsPerSecond: options.limits?.callsPerSecond ?? 2,
    inboundCallsPerSecond: options.limits?.inboundCallsPerSecond ?? 10,
    callRecordDelayMs: assumptions.callRecordDelayMs,
    keptCalls: options.keptCalls ?? 100,
  })
  const app = rootApp(log)
  app.route('/v1/Account/:authId', accountApp({ options, clock, assumptions, state, switchboard }))
  app.route('/simulator', controlRoutes({ state, switchboard, phones, clock }).onError(onControlError(log)))
  recordingMedia(app, state)
  return {
    fetch: (request) => app.fetch(request),
    state,
    switchboard,
    phones,
    async [Symbol.asyncDispose]() {
      await switchboard[Symbol.asyncDispose]()
      await file?.[Symbol.asyncDispose]()
    },
  }
}

const recordingUrl = (publicUrl: () => string) => (recordingId: string) =>
  `${publicUrl()}/recordings/${recordingId}.wav`

function engineOptions(options: RestApiOptions, phones: PhoneBook): EngineOptions {
  const { account, callAssumptions, recordingsFolder, faults, publicUrl } = options
  return {
    ...account,
    phones,
    recordingUrl: recordingUrl(publicUrl),
    ...(callAssumptions && { assumptions: callAssumptions }),
    ...(recordingsFolder !== undefined && { recordingsFolder }),
    ...(faults && { faults }),
  }
}

interface AccountParts {
  readonly options: RestApiOptions
  readonly clock: Clock
  readonly assumptions: RestAssumptions
  readonly state: AccountState
  readonly switchboard: Switchboard
}

function accountApp({ options, clock, assumptions, state, switchboard }: AccountParts): Hono {
  const { account, limits = {}, callAssumptions = {} } = options
  const app = new Hono({ strict: false })
  app.use(requireCredentials(account, assumptions))
  const { requests = plivoRequestRate } = limits
  const limit = requests === 'unlimited' ? undefined : new RequestLimit(requests, clock)
  app.use(async (context, next) => {
    const isMakeCall = context.req.method === 'POST' && /\/Call\/?$/.test(context.req.path)
    const counts = !isMakeCall || assumptions.rateLimitCountsMakeCall
    if (counts && limit?.take() === false) throw new ApiError(429, 'too many requests')
    await next()
  })
  const common = {
    authId: account.authId,
    accountUri: `/v1/Account/${account.authId}`,
    utcOffsetMinutes: callAssumptions.accountUtcOffsetMinutes ?? defaultAssumptions.accountUtcOffsetMinutes,
    concurrentCalls: limits.concurrentCalls ?? Number.POSITIVE_INFINITY,
    recordingUrl: recordingUrl(options.publicUrl),
    clock,
    assumptions,
    state,
    switchboard,
  }
  callRoutes(app, common)
  actionRoutes(app, common)
  streamRoutes(app, common)
  applicationRoutes(app, common)
  numberRoutes(app, common)
  recordingRoutes(app, common)
  return app
}

function rootApp(log: Log): Hono {
  const app = new Hono({ strict: false })
  app.notFound((context) => context.json({ api_id: randomUUID(), error: 'not found' }, 404))
  app.onError((error, context) => {
    const api_id = randomUUID()
    if (error instanceof ApiError) return context.json({ api_id, error: error.message }, error.status)
    log.error({ err: error, path: context.req.path }, 'a request failed')
    return context.json({ api_id, error: 'internal error' }, 500)
  })
  return app
}

const onControlError =
  (log: Log): Parameters<Hono['onError']>[0] =>
  (error, context) => {
    if (error instanceof ApiError) return context.json({ error: error.message }, error.status)
    log.error({ err: error, path: context.req.path }, 'a request failed')
    return context.json({ error: 'internal error' }, 500)
  }

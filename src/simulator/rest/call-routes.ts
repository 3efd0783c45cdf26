import { randomUUID } from 'node:crypto'
import type { Context, Hono } from 'hono'
import type { LiveCall, TransferRequest } from '../live-call.ts'
import type { AccountState } from './account-state.ts'
import { ApiError, callNotFound, notFound } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'
import { callDetailsFilter, callDetailsObject } from './call-details.ts'
import { liveCallObject, liveFilter, queuedCallObject } from './live-objects.ts'
import { readMakeCall, type MakeCall } from './make-call.ts'
import { pageOf, readPage } from './paging.ts'
import { bodyFields, queryFields } from './read-fields.ts'
import type { RequestFields } from './request-fields.ts'
import { deleted, pathPart, reply, resource } from './resource.ts'
import type { Switchboard } from './switchboard.ts'

export interface CallRoutesOptions {
  readonly accountUri: string
  readonly state: AccountState
  readonly switchboard: Switchboard
  readonly assumptions: RestAssumptions
  /** Calls that may wait, ring or be up at once. */
  readonly concurrentCalls: number
  readonly utcOffsetMinutes: number
}

/** Making, finding, transferring and ending calls (Plivo reference 7.3). */
export function callRoutes(app: Hono, options: CallRoutesOptions): void {
  const routes = new CallRoutes(options)
  resource(app, '/Call', {
    POST: (context) => routes.make(context),
    GET: (context) => routes.list(context),
    ...(options.assumptions.hangUpAllAtCallPath && { DELETE: (context) => routes.hangUpAll(context) }),
  })
  resource(app, '/Call/:callUuid', {
    GET: (context) => routes.get(context),
    POST: (context) => routes.transfer(context),
    DELETE: (context) => routes.hangUp(context),
  })
  resource(app, '/Request/:requestUuid', { DELETE: (context) => routes.cancel(context) })
}

class CallRoutes {
  readonly #options: CallRoutesOptions
  readonly #switchboard: Switchboard

  constructor(options: CallRoutesOptions) {
    this.#options = options
    this.#switchboard = options.switchboard
  }

  async make(context: Context): Promise<Response> {
    const { assumptions } = this.#options
    const wanted = readMakeCall(await bodyFields(context), assumptions)
    this.#check(wanted)
    const uuids = wanted.to.map(() => randomUUID())
    const outcomes = wanted.to.map((to, i) =>
      this.#switchboard.place({ ...wanted.options, callUuid: uuids[i] ?? randomUUID(), from: wanted.from, to }),
    )
    const fired = wanted.to.length > 1 ? assumptions.bulkCallMessage : 'call fired'
    const message = outcomes.includes('queued') ? 'call queued' : fired
    const request_uuid = uuids.length > 1 ? uuids : uuids[0]
    return reply(context, { message, request_uuid }, assumptions.makeCallStatus)
  }

  list(context: Context): Response {
    const query = queryFields(context)
    const status = query.choice('status', ['live', 'queued'])
    const wanted = liveFilter(query)
    if (status === 'live') return reply(context, { calls: this.#live.filter((call) => wanted(call.facts)).map(uuidOf) })
    if (status === 'queued') {
      const waiting = this.#switchboard.queue.waiting.filter((call) => wanted({ ...call, direction: 'outbound' }))
      return reply(context, { calls: waiting.map(({ requestUuid }) => requestUuid) })
    }
    const { state, accountUri, utcOffsetMinutes, assumptions } = this.#options
    const page = readPage(query, assumptions)
    const offset = assumptions.filterTimeZone === 'utc' ? 0 : utcOffsetMinutes
    const found = state.calls.newestFirst.filter(callDetailsFilter(query, offset))
    const { meta, objects } = pageOf(found, page, context.req.url)
    return reply(context, {
      meta,
      objects: objects.map((details) => callDetailsObject(details, accountUri, utcOffsetMinutes)),
    })
  }

  get(context: Context): Response {
    const callUuid = pathPart(context, 'callUuid')
    const status = queryFields(context).choice('status', ['live', 'queued'])
    if (status === 'live') {
      const live = this.#live.find((call) => call.facts.callUuid === callUuid)
      if (!live) throw callNotFound()
      return reply(context, liveCallObject(live))
    }
    if (status === 'queued') {
      const queued = this.#switchboard.queue.waiting.find(({ requestUuid }) => requestUuid === callUuid)
      if (!queued) throw callNotFound()
      return reply(context, queuedCallObject(queued))
    }
    const { state, accountUri, utcOffsetMinutes } = this.#options
    const details = state.calls.find(callUuid)
    if (!details) throw notFound()
    return reply(context, callDetailsObject(details, accountUri, utcOffsetMinutes))
  }

  async transfer(context: Context): Promise<Response> {
    const callUuid = pathPart(context, 'callUuid')
    const fields = await bodyFields(context)
    const call = liveForActions(this.#switchboard, callUuid, this.#options.assumptions)
    const request = readTransfer(fields)
    call.transfer(request)
    const message = this.#options.assumptions.transferMessage
    return reply(context, { message, ...(request.legs === 'both' && { call_uuids: [callUuid] }) }, 202)
  }

  hangUp(context: Context): Response {
    const call = this.#switchboard.live(pathPart(context, 'callUuid'))
    if (!call) throw callNotFound()
    call.hangUp()
    return deleted(context)
  }

  hangUpAll(context: Context): Response {
    for (const call of this.#switchboard.liveCalls) call.hangUp()
    return deleted(context)
  }

  cancel(context: Context): Response {
    const requestUuid = pathPart(context, 'requestUuid')
    if (this.#switchboard.queue.cancel(requestUuid)) return deleted(context)
    const call = this.#switchboard.live(requestUuid)
    if (call?.status !== 'ringing' || this.#options.assumptions.cancelRequest === 'queued') throw notFound()
    call.hangUp()
    return deleted(context)
  }

  /** Those that a list of live calls has. */
  get #live(): readonly LiveCall[] {
    const { ringingCallsAreLive } = this.#options.assumptions
    return this.#switchboard.liveCalls.filter(({ status }) => ringingCallsAreLive || status === 'in-progress')
  }

  #check({ from, to, errorIfParentNotFound, options }: MakeCall): void {
    const { state, concurrentCalls, assumptions } = this.#options
    if (assumptions.unknownCallerId === 'refuse' && !state.numbers.find(from)) {
      throw new ApiError(400, `from number ${from} is not associated with this account`)
    }
    const parent = options.parentCallUuid
    const known = parent === undefined || this.#switchboard.live(parent) || state.calls.find(parent)
    if (errorIfParentNotFound && !known) throw new ApiError(400, `parent_call_uuid ${parent} was not found`)
    const atOnce = this.#switchboard.liveCalls.length + this.#switchboard.queue.waiting.length + to.length
    if (atOnce > concurrentCalls) {
      throw new ApiError(403, `concurrency limit breached: the account may have ${concurrentCalls} calls at once`)
    }
  }
}

const uuidOf = ({ facts }: LiveCall): string => facts.callUuid

/**
 * The call that an action is for.
 * @throws ApiError 404 when it is not live, or not answered yet where that is wanted (section 7.4).
 */
export function liveForActions(
  switchboard: Switchboard,
  callUuid: string,
  { actionsWhileRinging }: Pick<RestAssumptions, 'actionsWhileRinging'>,
): LiveCall {
  const call = switchboard.live(callUuid)
  if (!call || (call.status === 'ringing' && actionsWhileRinging === 'refuse')) throw callNotFound()
  return call
}

/** A URL is required for each leg that `legs` names (section 7.3). */
function readTransfer(fields: RequestFields): TransferRequest {
  const legs = fields.oneOf('legs', ['aleg', 'bleg', 'both'], 'aleg')
  const address = (leg: 'aleg' | 'bleg') => ({
    url: fields.requiredWebUrl(`${leg}_url`),
    method: fields.method(`${leg}_method`),
  })
  return {
    legs,
    ...(legs !== 'bleg' && { aleg: address('aleg') }),
    ...(legs !== 'aleg' && { bleg: address('bleg') }),
  }
}

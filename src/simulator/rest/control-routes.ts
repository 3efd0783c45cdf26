import { type Context, Hono } from 'hono'
import type { Clock } from '../../lib/clock.ts'
import { plainNumber, type PhoneBook } from '../phone-book.ts'
import type { AccountState } from './account-state.ts'
import { ApiError, invalid } from './api-error.ts'
import { readAction } from './caller-script-json.ts'
import { readInboundCall } from './inbound-call.ts'
import { readPhone } from './phone-json.ts'
import { parseJson, readBytes, textsOf } from './read-fields.ts'
import { RequestFields } from './request-fields.ts'
import { pathPart, resource } from './resource.ts'
import type { KeptCall, Switchboard } from './switchboard.ts'

export interface ControlRoutesOptions {
  readonly state: AccountState
  readonly switchboard: Switchboard
  readonly phones: PhoneBook
  readonly clock: Clock
}

/**
 * The simulator's own API, below `/simulator`: nothing of it is Plivo's. It makes telephones ring and says what became of
 * calls. Bodies are JSON and must say so, which keeps web pages of others out; errors are `{"error":"…"}`.
 */
export function controlRoutes(options: ControlRoutesOptions): Hono {
  const app = new Hono({ strict: false })
  const { switchboard, phones, state, clock } = options
  resource(app, '/dial', {
    async POST(context) {
      const call = switchboard.receive(readInboundCall(await readJson(context), state))
      return context.json({ call_uuid: call.callUuid }, 201)
    },
  })
  resource(app, '/phones', {
    async POST(context) {
      const { number, behaviour } = readPhone(await readJson(context))
      phones.set(number, behaviour)
      return context.json({ number: plainNumber(number) })
    },
  })
  resource(app, '/numbers', {
    async POST(context) {
      const fields = new RequestFields(textsOf(await readJson(context)))
      const number = plainNumber(fields.required('number'))
      if (!/^\d{3,15}$/.test(number)) throw invalid('number', 'digits with country code')
      rentNumber(state, number, clock.now(), fields.text('app_id'))
      return context.json({ number }, 201)
    },
  })
  keptCallRoutes(app, switchboard)
  return app
}

/** What it has already stays. Without an application it gets the default one, if there is one (Plivo reference 7.5). */
export function rentNumber(state: AccountState, number: string, addedAt: number, wantedAppId?: string): void {
  const before = state.numbers.find(number)
  if (wantedAppId !== undefined && !state.applications.find(wantedAppId)) {
    throw new ApiError(400, `app_id ${wantedAppId} is no application of this account`)
  }
  const standard = state.applications.all.find(({ defaultNumberApp }) => defaultNumberApp)?.appId
  state.numbers.put({
    number,
    appId: wantedAppId ?? before?.appId ?? standard,
    alias: before?.alias,
    subaccount: before?.subaccount,
    cnamLookup: before?.cnamLookup,
    addedAt: before?.addedAt ?? addedAt,
  })
}

function keptCallRoutes(app: Hono, switchboard: Switchboard): void {
  const found = (context: Context): KeptCall => {
    const kept = switchboard.find(pathPart(context, 'callUuid'))
    if (!kept) throw new ApiError(404, 'there is no such call here, or not any more')
    return kept
  }
  resource(app, '/calls', { GET: (context) => context.json({ calls: switchboard.kept.map(summary) }) })
  resource(app, '/calls/:callUuid', {
    GET(context) {
      const kept = found(context)
      return context.json({ ...summary(kept), result: resultOf(kept), timeline: kept.call.timeline })
    },
    DELETE(context) {
      found(context).call.hangUp()
      return context.body(null, 204)
    },
  })
  resource(app, '/calls/:callUuid/caller', {
    async POST(context) {
      const { call } = found(context)
      const action = readAction(await readJson(context))
      if (action.do === 'speak') call.speak(action.audio)
      else if (action.do === 'press') for (const digit of action.digits) call.press(digit)
      else if (action.do === 'hang-up') call.hangUp()
      else throw invalid('do', 'speak, press or hang-up')
      return context.json({}, 202)
    },
  })
  resource(app, '/calls/:callUuid/recording.wav', {
    GET(context) {
      const { result } = found(context)
      if (!result) throw new ApiError(404, 'the call is not over')
      return context.body(new Uint8Array(result.recording()), 200, { 'content-type': 'audio/wav' })
    },
  })
}

const summary = ({ call, direction, from, to, result }: KeptCall) => ({
  call_uuid: call.callUuid,
  direction,
  from,
  to,
  over: result !== undefined,
})

/** In the words of `CallResult`, without audio; null while the call goes on. */
function resultOf({ result }: KeptCall) {
  if (!result) return null
  const { answered, durationMs, hangup, frames, latencies } = result
  return { answered, durationMs, hangup, frames, latencies }
}

async function readJson(context: Context): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
    throw new ApiError(415, 'the body must be application/json')
  }
  return parseJson((await readBytes(context)).toString('utf8'))
}

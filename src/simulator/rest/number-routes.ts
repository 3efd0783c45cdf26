import type { Context, Hono } from 'hono'
import { plainNumber } from '../phone-book.ts'
import type { AccountState } from './account-state.ts'
import { ApiError, notFound } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'
import { textFilter } from './list-filters.ts'
import { numberObject, type RentedNumber } from './numbers.ts'
import { pageOf, readPage } from './paging.ts'
import { bodyFields, queryFields } from './read-fields.ts'
import type { RequestFields } from './request-fields.ts'
import { deleted, pathPart, reply, resource } from './resource.ts'

export interface NumberRoutesOptions {
  readonly accountUri: string
  readonly state: AccountState
  readonly assumptions: RestAssumptions
}

/** The account's numbers (Plivo reference 7.6). */
export function numberRoutes(app: Hono, { accountUri, state, assumptions }: NumberRoutesOptions): void {
  const { numbers } = state
  const found = (context: Context): RentedNumber => {
    const number = numbers.find(plainNumber(pathPart(context, 'number')))
    if (!number) throw notFound()
    return number
  }

  resource(app, '/Number', {
    GET(context) {
      const query = queryFields(context)
      const wanted = numbers.all.filter((number) => isWanted(number, query))
      const { meta, objects } = pageOf(wanted, readPage(query, assumptions), context.req.url)
      return reply(context, { meta, objects: objects.map((each) => numberObject(each, accountUri)) })
    },
  })
  resource(app, '/Number/:number', {
    GET: (context) => reply(context, numberObject(found(context), accountUri)),
    async POST(context) {
      const before = found(context)
      const fields = await bodyFields(context)
      const appId = fields.text('app_id')
      if (appId !== undefined && !state.applications.find(appId)) {
        throw new ApiError(400, `app_id ${appId} is no application of this account`)
      }
      const unlinked = fields.has('app_id') && appId === undefined && assumptions.emptyAppIdUnlinks
      numbers.put({
        ...before,
        appId: unlinked ? undefined : (appId ?? before.appId),
        alias: fields.text('alias') ?? before.alias,
        subaccount: fields.text('subaccount') ?? before.subaccount,
        cnamLookup: fields.choice('cnam_lookup', ['enabled', 'disabled']) ?? before.cnamLookup,
      })
      return reply(context, { message: 'changed' }, 202)
    },
    DELETE(context) {
      numbers.delete(found(context).number)
      return deleted(context)
    },
  })
}

function isWanted(number: RentedNumber, query: RequestFields): boolean {
  const services = query.text('services')?.toLowerCase().split(',') ?? []
  return (
    number.number.startsWith(plainNumber(query.text('number_startswith') ?? '')) &&
    services.every((service) => service.trim() === 'voice') &&
    textFilter(query, { type: 'local', alias: number.alias ?? '', subaccount: number.subaccount ?? '' })
  )
}

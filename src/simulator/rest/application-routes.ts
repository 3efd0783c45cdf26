import type { Context, Hono } from 'hono'
import type { AccountState } from './account-state.ts'
import { notFound } from './api-error.ts'
import { applicationObject, createAppId, readApplication, type Application } from './applications.ts'
import type { RestAssumptions } from './assumptions.ts'
import { textFilter } from './list-filters.ts'
import { pageOf, readPage } from './paging.ts'
import { bodyFields, queryFields } from './read-fields.ts'
import { deleted, pathPart, reply, resource } from './resource.ts'

export interface ApplicationRoutesOptions {
  readonly accountUri: string
  readonly state: AccountState
  readonly assumptions: RestAssumptions
}

/** Applications (Plivo reference 7.5). */
export function applicationRoutes(app: Hono, { accountUri, state, assumptions }: ApplicationRoutesOptions): void {
  const { applications, numbers } = state
  const found = (context: Context): Application => {
    const application = applications.find(pathPart(context, 'appId'))
    if (!application) throw notFound()
    return application
  }
  /** There is one default at most. */
  const put = (application: Application): void => {
    const others = applications.all.filter(({ appId }) => application.defaultNumberApp && appId !== application.appId)
    for (const other of others) if (other.defaultNumberApp) applications.put({ ...other, defaultNumberApp: false })
    applications.put(application)
  }

  resource(app, '/Application', {
    async POST(context) {
      const application = readApplication(await bodyFields(context), createAppId())
      put(application)
      return reply(context, { message: 'created', app_id: application.appId }, 201)
    },
    GET(context) {
      const query = queryFields(context)
      const prefix = query.text('app_name') ?? ''
      const wanted = applications.newestFirst.filter(
        ({ appName, subaccount = '' }) => appName.startsWith(prefix) && textFilter(query, { subaccount }),
      )
      const { meta, objects } = pageOf(wanted, readPage(query, assumptions), context.req.url)
      return reply(context, { meta, objects: objects.map((each) => applicationObject(each, accountUri)) })
    },
  })
  resource(app, '/Application/:appId', {
    GET: (context) => reply(context, applicationObject(found(context), accountUri)),
    async POST(context) {
      const before = found(context)
      put(readApplication(await bodyFields(context), before.appId, before))
      return reply(context, { message: 'changed' }, 202)
    },
    DELETE(context) {
      const { appId } = found(context)
      applications.delete(appId)
      for (const number of numbers.all) if (number.appId === appId) numbers.put({ ...number, appId: undefined })
      return deleted(context)
    },
  })
}

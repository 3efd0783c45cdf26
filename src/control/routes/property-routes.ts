import type { Access } from '../access.ts'
import { allow } from '../allow.ts'
import { badRequest } from '../api-error.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/properties.ts'

/** Settings of an organization; `defaultRegion` is the only one. And the regions of this installation. */
export function propertyRoutes(app: ControlApp, parts: ControlParts): void {
  const properties = new Properties(parts)
  const regions = async () => {
    const known = await parts.store.regions.list()
    return { regions: known.map(({ code, displayName }) => ({ code, display_name: displayName })) }
  }
  app.openapi(contract.readProperties, async (context) =>
    context.json(await properties.values(allow(context, 'viewer')), 200),
  )
  app.openapi(contract.describeProperties, async (context) =>
    context.json(await properties.describe(allow(context, 'viewer')), 200),
  )
  app.openapi(contract.updateProperties, async (context) => {
    const access = allow(context, 'admin')
    await properties.update(access, context.req.valid('json'))
    return context.json(await properties.describe(access), 200)
  })
  app.openapi(contract.listRegions, async (context) => {
    allow(context, 'viewer')
    return context.json(await regions(), 200)
  })

  app.openapi(contract.cliReadProperties, async (context) =>
    context.json(await properties.values(allow(context, 'viewer')), 200),
  )
  app.openapi(contract.cliDescribeProperties, async (context) =>
    context.json(await properties.describe(allow(context, 'viewer')), 200),
  )
  // The command line prints what is under the name, hence plain values here.
  app.openapi(contract.cliUpdateProperties, async (context) => {
    const access = allow(context, 'admin')
    await properties.update(access, context.req.valid('json'))
    return context.json(await properties.values(access), 200)
  })
  app.openapi(contract.cliListRegions, async (context) => {
    allow(context, 'viewer')
    return context.json(await regions(), 200)
  })
}

class Properties {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  async values(access: Access) {
    const { defaultRegion } = (await this.describe(access)).properties
    return { properties: { defaultRegion: defaultRegion.currentValue } }
  }

  async describe({ organization }: Access) {
    const codes = await this.#regionCodes()
    const fallback = codes[0] ?? ''
    const chosen = await this.#parts.store.properties.find(organization.id, 'defaultRegion')
    const defaultRegion: contract.PropertySchema = {
      type: 'string',
      description: 'The region of agents and secret sets that name none.',
      default: fallback,
      currentValue: chosen ?? fallback,
      readOnly: false,
      availableValues: codes,
    }
    return { properties: { defaultRegion } }
  }

  async update({ organization, actor }: Access, changes: Readonly<Record<string, unknown>>): Promise<void> {
    const { defaultRegion, ...others } = changes
    const unknown = Object.keys(others)[0]
    if (unknown !== undefined) throw badRequest(`"${unknown}" is no property. There is: defaultRegion.`)
    if (defaultRegion === undefined) throw badRequest('The request changes nothing. Send {"defaultRegion": "…"}.')
    const codes = await this.#regionCodes()
    if (typeof defaultRegion !== 'string' || !codes.includes(defaultRegion)) {
      throw badRequest(`defaultRegion must be one of: ${codes.join(', ')}.`)
    }
    const { store } = this.#parts
    await store.properties.set(organization.id, 'defaultRegion', defaultRegion)
    await store.audit.add(organization.id, { ...actor, action: 'properties.update', data: { defaultRegion } })
  }

  async #regionCodes(): Promise<string[]> {
    return (await this.#parts.store.regions.list()).map(({ code }) => code)
  }
}

import type { SecretSet } from '../../store/schema/agents.ts'
import type { Access } from '../access.ts'
import { allow } from '../allow.ts'
import { regionFor } from '../agents/deploy-checks.ts'
import { badRequest, notFound } from '../api-error.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/secrets.ts'

const ok = { status: 'OK' } as const

/** Secret sets and image pull secrets. Values go in and never come out. */
export function secretRoutes(app: ControlApp, parts: ControlParts): void {
  const secrets = new SecretSets(parts)
  app.openapi(contract.listSecretSets, async (context) =>
    context.json(await secrets.list(allow(context, 'viewer'), context.req.valid('query').region), 200),
  )
  app.openapi(contract.readSecretSet, async (context) =>
    context.json(await secrets.read(allow(context, 'viewer'), context.req.valid('param').setName), 200),
  )
  app.openapi(contract.putSecretSet, async (context) => {
    const { setName } = context.req.valid('param')
    return context.json(await secrets.put(allow(context, 'member'), setName, context.req.valid('json')), 202)
  })
  app.openapi(contract.deleteSecretSet, async (context) => {
    await secrets.delete(allow(context, 'member'), context.req.valid('param').setName)
    return context.json(ok, 200)
  })
  app.openapi(contract.deleteSecret, async (context) => {
    const { setName, secretKey } = context.req.valid('param')
    await secrets.deleteKey(allow(context, 'member'), setName, secretKey)
    return context.json(ok, 200)
  })

  app.openapi(contract.cliListSecretSets, async (context) =>
    context.json(await secrets.list(allow(context, 'viewer'), context.req.valid('query').region), 200),
  )
  app.openapi(contract.cliReadSecretSet, async (context) =>
    context.json(await secrets.read(allow(context, 'viewer'), context.req.valid('param').setName), 200),
  )
  app.openapi(contract.cliPutSecretSet, async (context) => {
    const { setName } = context.req.valid('param')
    return context.json(await secrets.put(allow(context, 'member'), setName, context.req.valid('json')), 200)
  })
  app.openapi(contract.cliDeleteSecretSet, async (context) => {
    await secrets.delete(allow(context, 'member'), context.req.valid('param').setName)
    return context.json(ok, 200)
  })
  app.openapi(contract.cliDeleteSecret, async (context) => {
    const { setName, secretKey } = context.req.valid('param')
    await secrets.deleteKey(allow(context, 'member'), setName, secretKey)
    return context.json(ok, 200)
  })
}

class SecretSets {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  async list({ organization }: Access, region: string | undefined) {
    const sets = await this.#parts.store.secrets.list(organization.id, region === undefined ? {} : { region })
    return { sets: sets.map(({ name, type, ...set }) => ({ name, type, ...stateOf(set) })) }
  }

  async read({ organization }: Access, name: string) {
    const set = await this.#parts.store.secrets.find(organization.id, name)
    if (!set) throw notFound(`The secret set "${name}"`)
    // The command line takes this 400 for "it is there".
    if (set.type === 'imagePullSecret')
      throw badRequest(`"${name}" is an image pull secret and cannot be read by name.`)
    return { ...stateOf(set), secrets: set.keys.map((fieldName) => ({ fieldName })) }
  }

  async put(access: Access, name: string, request: contract.PutSecretsRequest) {
    const { store } = this.#parts
    const organizationId = access.organization.id
    const known = await store.secrets.find(organizationId, name)
    if (known && request.region !== undefined && request.region !== known.region) {
      throw badRequest(`region: "${name}" is in "${known.region}" and cannot move to "${request.region}".`)
    }
    const region = known?.region ?? (await regionFor(store, organizationId, request.region))
    const set = await this.#store(organizationId, { name, region, request })
    await this.#audit(access, set.name, 'secrets.put')
    return { ...ok, region: set.region }
  }

  async delete(access: Access, name: string): Promise<void> {
    const { secrets } = this.#parts.store
    if (!(await secrets.delete(access.organization.id, name))) throw notFound(`The secret set "${name}"`)
    await this.#audit(access, name, 'secrets.delete')
  }

  async deleteKey(access: Access, name: string, key: string): Promise<void> {
    const deleted = await this.#parts.store.secrets.deleteKey(access.organization.id, name, key)
    if (!deleted) throw notFound(`The key "${key}" of the secret set "${name}"`)
    await this.#audit(access, name, 'secrets.delete-key')
  }

  async #store(organizationId: string, { name, region, request }: PutOrder): Promise<SecretSet> {
    const { secrets } = this.#parts.store
    if (request.isImagePullSecret) {
      const host = request.host.endsWith('/') ? request.host : `${request.host}/`
      return secrets.putImagePull(organizationId, name, { region, host, value: request.secretValue })
    }
    const pairs = 'secrets' in request ? request.secrets : [request]
    const values = Object.fromEntries(pairs.map(({ secretKey, secretValue }) => [secretKey, secretValue]))
    return secrets.put(organizationId, name, { region, values })
  }

  /** Names only: no value is ever in the audit log. */
  async #audit({ organization, actor }: Access, targetId: string, action: string): Promise<void> {
    await this.#parts.store.audit.add(organization.id, { ...actor, action, targetType: 'secretSet', targetId })
  }
}

interface PutOrder {
  readonly name: string
  readonly region: string
  readonly request: contract.PutSecretsRequest
}

const stateOf = ({ region, status, errorMessage }: Pick<SecretSet, 'region' | 'status' | 'errorMessage'>) => ({
  region,
  status,
  ...(status === 'failed' && errorMessage !== null && { errorMessage }),
})

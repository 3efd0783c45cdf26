import type { Build, SecretSet } from '../../store/schema/agents.ts'
import type { Store } from '../../store/store.ts'
import { badRequest, conflict, notFound } from '../api-error.ts'

interface Place {
  readonly organizationId: string
  readonly region: string
}

/** The region that a new thing gets: the one named, or the default of the organization. */
export async function regionFor(store: Store, organizationId: string, named: string | undefined): Promise<string> {
  const regions = await store.regions.list()
  const codes = regions.map(({ code }) => code)
  const region = named ?? (await store.properties.find(organizationId, 'defaultRegion')) ?? codes[0]
  if (region !== undefined && codes.includes(region)) return region
  throw badRequest(`region "${region}" does not exist. There are: ${codes.join(', ')}.`)
}

/** Refuses a secret set that an agent in this region could not use. */
export async function checkSecretSet(store: Store, place: Place, name: string | undefined): Promise<void> {
  if (name === undefined) return
  const set = await store.secrets.find(place.organizationId, name)
  if (!set) throw notFound(`The secret set "${name}"`)
  if (set.type !== 'secret') throw badRequest(`secretSet: "${name}" is an image pull secret, not a secret set.`)
  checkUsable(set, place.region, `Secret set '${name}'`)
}

export async function checkPullSecret(store: Store, place: Place, name: string | undefined): Promise<void> {
  if (name === undefined) return
  const set = await store.secrets.find(place.organizationId, name)
  if (!set) throw notFound(`The image pull secret "${name}"`)
  if (set.type !== 'imagePullSecret') {
    throw badRequest(`imagePullSecretSet: "${name}" is a secret set, not an image pull secret.`)
  }
  checkUsable(set, place.region, `Image pull secret '${name}'`)
}

function checkUsable({ region, status, errorMessage }: SecretSet, wanted: string, what: string): void {
  if (region !== wanted) {
    throw badRequest(`${what} is in the region "${region}", the agent in "${wanted}". Both must be in the same region.`)
  }
  if (status === 'pending') throw conflict(`${what} is not yet ready. Try again in a moment.`)
  if (status === 'failed')
    throw conflict(`${what} could not be set up${errorMessage ? `: ${errorMessage}` : ''}. Set it again.`)
}

/** The build that a deployment names, if it is done and in the agent's region. */
export async function findBuild(store: Store, place: Place, buildId: string | undefined): Promise<Build | undefined> {
  if (buildId === undefined) return undefined
  const build = await store.builds.find(place.organizationId, buildId)
  if (!build) throw badRequest(`buildId: the build ${buildId} was not found.`)
  if (build.status !== 'success')
    throw badRequest(`buildId: the build ${buildId} is not successful: its status is ${build.status}.`)
  if (build.region === place.region) return build
  throw badRequest(`buildId: the build is in the region "${build.region}", the agent in "${place.region}".`)
}

import { systemClock } from '../../../src/lib/clock.ts'
import { openStore, type Store, type StoreLocation } from '../../../src/store/store.ts'

/** What contradicts itself in a database that nobody writes to. */
export async function contradictions(location: StoreLocation): Promise<string[]> {
  await using store = await openStore({ ...location, clock: systemClock })
  const found: string[] = []
  for (const { id } of await store.organizations.list()) found.push(...(await contradictionsOf(store, id)))
  return found
}

async function contradictionsOf(store: Store, organizationId: string): Promise<string[]> {
  const found: string[] = []
  const agents = await store.agents.list(organizationId, {})
  const names = agents.map(({ name }) => name)
  if (new Set(names).size !== names.length) found.push(`two agents have one name: ${names.join(' ')}`)
  for (const { id, name, desiredVersionId, activeVersionId, minInstances, maxInstances } of agents) {
    if (minInstances > maxInstances) found.push(`${name} has a minimum above its maximum`)
    const { items } = await store.versions.list(organizationId, id, { limit: 100_000 })
    const ids = items.map((version) => version.id)
    if (!ids.includes(desiredVersionId ?? '')) found.push(`${name} wants a version that is not there`)
    if (activeVersionId !== null && !ids.includes(activeVersionId))
      found.push(`${name} runs a version that is not there`)
  }
  // Throws for what cannot be decrypted.
  for (const { name, type } of await store.secrets.list(organizationId, {}))
    if (type === 'secret') await store.secrets.reveal(organizationId, name)
  const { total } = await store.sessions.list(organizationId, { status: 'active', limit: 10 })
  if (total > 0) found.push(`${total} sessions have no end`)
  return found
}

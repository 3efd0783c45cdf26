import type { Store } from '../store/store.ts'

export interface FirstStart {
  readonly organization: string
  /** Of the owner; shown this once. */
  readonly token: string
}

/** Makes the first organization and its owner, where there is none yet. Undefined: there is. */
export async function firstStart({ organizations, users, tokens }: Store): Promise<FirstStart | undefined> {
  if ((await organizations.list()).length > 0) return undefined
  const organization = await organizations.create({ verboseName: 'Default Workspace' })
  const owner = await users.create({ email: 'owner@localhost', displayName: 'Owner' })
  await users.setRole(organization.id, owner.id, 'owner')
  const { token } = await tokens.create(owner.id, { name: 'first start' })
  return { organization: organization.name, token }
}

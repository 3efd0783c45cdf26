import { ControlClient } from '../control/client.ts'
import type * as accounts from '../control/contract/accounts.ts'
import { renewLogin } from './browser-login.ts'
import { type Credentials, readCredentials, writeCredentials } from './credentials-file.ts'
import { UsageError } from './describe-error.ts'
import { FailedCommandError } from './failed-command.ts'
import { readNodeUrl } from './node-url.ts'

/** A client of the node that the user logged in to, for one of the user's organizations. */
export interface Connection {
  readonly client: ControlClient
  readonly url: string
  readonly organization: string
}

/** What the environment says wins over what `auth login` kept. Throws a `FailedCommandError` when nobody is logged in. */
export async function findCredentials(): Promise<Credentials> {
  const { OFFHOOK_URL, OFFHOOK_TOKEN, OFFHOOK_ORGANIZATION } = process.env
  const url = OFFHOOK_URL ? readNodeUrl(OFFHOOK_URL, 'OFFHOOK_URL') : undefined
  const found = await readCredentials()
  // A token goes to nobody but the node that it is for.
  const stored = found && (url === undefined || url === found.url) ? found : undefined
  const token = OFFHOOK_TOKEN || (stored && (await freshToken(stored)))
  const organization = OFFHOOK_ORGANIZATION || stored?.organization
  const address = url ?? stored?.url
  if (address !== undefined && token !== undefined) {
    return { url: address, token, ...(organization !== undefined && { organization }) }
  }
  const where = address ?? '<node>'
  throw new FailedCommandError(
    `you are not logged in: run offhook auth login --url ${where} --token <pcc_pat_…>, or set OFFHOOK_URL and OFFHOOK_TOKEN`,
  )
}

/** So long before its end a token is renewed. */
const renewBeforeMs = 60_000

/** A token that was given stays as it is; that of a log-in with a browser is renewed when it is about to be over. */
async function freshToken(stored: Credentials): Promise<string> {
  const { token, refreshToken, tokenExpiresAt = Number.POSITIVE_INFINITY } = stored
  if (refreshToken === undefined || tokenExpiresAt - Date.now() > renewBeforeMs) return token
  try {
    const renewed = await renewLogin(stored)
    await writeCredentials({ ...stored, ...renewed })
    return renewed.token
  } catch {
    // The node says of the old one what is wrong with it.
    return token
  }
}

/** `organization`: what the command line says, if anything. */
export async function connect({ organization }: { organization?: string | undefined }): Promise<Connection> {
  const { url, token, organization: chosen } = await findCredentials()
  const name = organization ?? chosen ?? (await onlyOrganization(new ControlClient({ url, token })))
  return { client: new ControlClient({ url, token, organization: name }), url, organization: name }
}

async function onlyOrganization(client: ControlClient): Promise<string> {
  const names = await organizationsOf(client)
  const [name] = names
  if (name !== undefined && names.length === 1) return name
  if (name === undefined) throw new FailedCommandError('you belong to no organization: ask an owner to add you')
  throw new UsageError(`name an organization with -o, or once with offhook organizations select: ${names.join(', ')}`)
}

/** Their names. */
export async function organizationsOf(client: ControlClient): Promise<string[]> {
  const { organizations } = await client.send<typeof accounts.listOrganizations>('get', '/v1/organizations')
  return organizations.map(({ name }) => name)
}

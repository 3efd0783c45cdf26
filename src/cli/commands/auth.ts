import type { Command } from 'commander'
import { ControlClient } from '../../control/client.ts'
import type * as accounts from '../../control/contract/accounts.ts'
import { askSecret, canAsk, readStandardInput } from '../ask.ts'
import { logInWithBrowser } from '../browser-login.ts'
import { connect, findCredentials, organizationsOf } from '../connect.ts'
import {
  type Credentials,
  credentialsPath,
  readCredentials,
  removeCredentials,
  writeCredentials,
} from '../credentials-file.ts'
import { UsageError } from '../describe-error.ts'
import { FailedCommandError } from '../failed-command.ts'
import { readNodeUrl } from '../node-url.ts'
import { addTokens } from './auth-tokens.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { formatFields } from '../table.ts'

interface LoginFlags extends PlatformFlags {
  readonly url?: string
  readonly token?: string
  readonly tokenStdin?: boolean
  readonly browser?: boolean
}

export function authCommand(): Command {
  const auth = platformCommand('auth', 'Log in to a node that serves.')
  withPlatformFlags(auth.command('login'))
    .description('Check a token and keep it for the other commands.')
    .option('--url <node>', 'base URL of the node; default OFFHOOK_URL, or the one before')
    .option('--token <token>', 'a personal access token (pcc_pat_…)')
    .option('--token-stdin', 'read the token from the standard input: it then stands in no list of processes')
    .option('--browser', 'log in with a browser on this computer: it gets tokens that pass and are renewed')
    .action(platformAction(login))
  auth
    .command('logout')
    .description('Forget the token.')
    .action(
      platformAction(async () => {
        const known = await readCredentials()
        if (known?.refreshToken !== undefined) await endLogin(known)
        await removeCredentials()
        console.log(known ? `Logged out of ${known.url}.` : 'You were not logged in.')
      }),
    )
  withPlatformFlags(auth.command('whoami'))
    .description('Show whose token it is, and the node and organization that commands go to.')
    .action(platformAction(whoAmI))
  addTokens(auth.command('tokens').description('Tokens that stand for you.'))
  return auth
}

async function login(flags: LoginFlags): Promise<void> {
  const address = flags.url ?? (process.env['OFFHOOK_URL'] || (await readCredentials())?.url)
  if (address === undefined) throw new UsageError('--url is missing: give the base URL of the node')
  const url = readNodeUrl(address, flags.url === undefined ? 'OFFHOOK_URL' : '--url')
  if (flags.browser === true && (flags.token !== undefined || flags.tokenStdin === true))
    throw new UsageError('--browser, --token and --token-stdin exclude each other')
  const given = flags.browser === true ? await logInWithBrowser(url) : { token: await readToken(flags) }
  const client = new ControlClient({ url, token: given.token })
  const email = await emailOf(client)
  const organization = chooseOrganization(await organizationsOf(client), flags.organization)
  await writeCredentials({ url, ...given, ...(organization !== undefined && { organization }) })
  printResult(flags.json, { url, email, organization, file: credentialsPath() }, () => {
    const next = organization === undefined ? '\nChoose one of yours: offhook organizations select <name>' : ''
    return `Logged in.\n${formatFields({ Node: url, User: email, Organization: organization, File: credentialsPath() })}${next}`
  })
}

async function readToken({ token, tokenStdin }: LoginFlags): Promise<string> {
  if (token !== undefined && tokenStdin === true) throw new UsageError('--token and --token-stdin exclude each other')
  const found = token ?? (tokenStdin === true ? await readStandardInput() : canAsk() ? await askSecret('Token:') : '')
  if (found === '') throw new UsageError('the token is missing: give --token <pcc_pat_…>, --token-stdin or --browser')
  if (/^[\x21-\x7e]+$/.test(found)) return found
  throw new UsageError('the token has characters that no token has: copy it again')
}

/** Undefined: there are several, and none was named. */
function chooseOrganization(names: readonly string[], wanted: string | undefined): string | undefined {
  if (wanted === undefined) return names.length === 1 ? names[0] : undefined
  if (names.includes(wanted)) return wanted
  throw new FailedCommandError(`you do not belong to an organization "${wanted}"; there is: ${names.join(', ')}`)
}

/** The file goes in any case: a node that is away must not keep anybody logged in here. */
async function endLogin({ url, token, refreshToken }: Credentials): Promise<void> {
  const body = { ...(refreshToken !== undefined && { refresh_token: refreshToken }) }
  await new ControlClient({ url, token }).send<typeof accounts.logOut>('post', '/auth/logout', { body }).catch(() => {
    process.stderr.write('The node was not reached: revoke the log-in with offhook auth tokens, or let it run out.\n')
  })
}

async function emailOf(client: ControlClient): Promise<string> {
  const { user } = await client.send<typeof accounts.readCurrentUser>('get', '/v1/users')
  return user.emails[0]?.emailAddress ?? user.userId
}

async function whoAmI({ organization, json }: PlatformFlags): Promise<void> {
  const { url } = await findCredentials()
  const connection = await connect({ organization })
  const email = await emailOf(connection.client)
  printResult(json, { email, url, organization: connection.organization }, () =>
    formatFields({ User: email, Node: url, Organization: connection.organization }),
  )
}

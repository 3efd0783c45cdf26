import type { Command } from 'commander'
import { ControlClient } from '../../control/client.ts'
import type * as invitations from '../../control/contract/invitations.ts'
import { credentialsPath, readCredentials, writeCredentials } from '../credentials-file.ts'
import { UsageError } from '../describe-error.ts'
import { readNodeUrl } from '../node-url.ts'
import { platformAction } from '../platform-command.ts'
import { printResult } from '../print-result.ts'

interface JoinFlags {
  readonly url?: string
  readonly name?: string
  readonly json?: boolean
}

export function addJoin(organizations: Command): void {
  organizations
    .command('join')
    .description('Take an invitation: as who you are logged in as, or as a new user.')
    .argument('<token>', 'the invitation (inv_…)')
    .option('--url <node>', 'base URL of the node; default the one that you are logged in to')
    .option('--name <name>', 'what others call you, when you are new')
    .option('--json', 'print JSON, for programs')
    .action(platformAction(join))
}

async function join(invitation: string, { url: given, name, json }: JoinFlags): Promise<void> {
  const known = await readCredentials()
  const address = given ?? (process.env['OFFHOOK_URL'] || known?.url)
  if (address === undefined) throw new UsageError('--url is missing: give the base URL of the node')
  const url = readNodeUrl(address, given === undefined ? 'OFFHOOK_URL' : '--url')
  // A token goes to nobody but the node that it is for.
  const token = process.env['OFFHOOK_TOKEN'] || (known?.url === url ? known.token : undefined)
  const client = new ControlClient({ url, token })
  const path = '/v1/offhook/invitations/accept'
  const joined = await client.send<typeof invitations.acceptInvitation>('post', path, {
    body: { token: invitation, ...(name !== undefined && { displayName: name }) },
  })
  const { organization, role, user } = joined
  const mine = joined.token ?? token
  if (mine !== undefined) await writeCredentials({ url, token: mine, organization })
  // The token of a new user is in the file; a program may want it, too.
  printResult(
    json,
    joined,
    () => `${user.email} is ${role} of ${organization} now. The log-in stands in ${credentialsPath()}.`,
  )
}

import type { Command } from 'commander'
import { ControlClient } from '../../control/client.ts'
import type * as accounts from '../../control/contract/accounts.ts'
import { findCredentials, organizationsOf } from '../connect.ts'
import { credentialsPath, readCredentials, writeCredentials } from '../credentials-file.ts'
import { FailedCommandError } from '../failed-command.ts'
import { platformAction, platformCommand, type PlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { formatTable } from '../table.ts'
import { addOrganizationChanges } from './organization-changes.ts'
import { addJoin } from './organization-join.ts'
import { addKeys } from './organization-keys.ts'
import { addMembers } from './organization-members.ts'
import { addProperties } from './organization-properties.ts'

export function organizationsCommand(): Command {
  const organizations = platformCommand('organizations', 'Your organizations, their members, keys and properties.')
  organizations
    .command('list')
    .description('List the organizations that you belong to.')
    .option('--json', 'print JSON, for programs')
    .action(platformAction(list))
  organizations
    .command('select')
    .description('Choose the organization of the other commands.')
    .argument('<name>')
    .action(platformAction(select))
  addOrganizationChanges(organizations)
  addJoin(organizations)
  addMembers(organizations.command('members').description('Who belongs to the organization, and who may.'))
  addKeys(organizations.command('keys').description('Keys with which programs use the API.'))
  addProperties(organizations.command('properties').description('Settings of the organization.'))
  return organizations
}

async function list({ json }: PlatformFlags): Promise<void> {
  const { url, token, organization } = await findCredentials()
  const client = new ControlClient({ url, token })
  const { organizations } = await client.send<typeof accounts.listOrganizations>('get', '/v1/organizations')
  const marked = organizations.map((one) => ({ ...one, selected: one.name === organization }))
  printResult(json, marked, () =>
    formatTable(
      ['', 'NAME', 'TITLE'],
      marked.map(({ name, verboseName, selected }) => [selected ? '*' : ' ', name, verboseName]),
    ),
  )
}

async function select(name: string): Promise<void> {
  const stored = await readCredentials()
  if (!stored) {
    throw new FailedCommandError(
      'there is no log-in to remember it in: run offhook auth login, or set OFFHOOK_ORGANIZATION',
    )
  }
  const names = await organizationsOf(new ControlClient(stored))
  if (!names.includes(name)) {
    throw new FailedCommandError(`you do not belong to an organization "${name}"; there is: ${names.join(', ')}`)
  }
  await writeCredentials({ ...stored, organization: name })
  console.log(`Commands go to ${name} from now on. It stands in ${credentialsPath()}.`)
}

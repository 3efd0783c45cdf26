import type { Command } from 'commander'
import { ControlClient } from '../../control/client.ts'
import type * as contract from '../../control/contract/organizations.ts'
import { confirm } from '../ask.ts'
import { connect, findCredentials } from '../connect.ts'
import { readCredentials, writeCredentials } from '../credentials-file.ts'
import { platformAction, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'

interface CreateFlags {
  readonly name?: string
  readonly json?: boolean
}

const base = '/v1/offhook/organizations'

export function addOrganizationChanges(organizations: Command): void {
  organizations
    .command('create')
    .description('Make an organization that you own.')
    .argument('<title>', 'what people call it')
    .option('--name <name>', 'in service hosts; generated without')
    .option('--json', 'print JSON, for programs')
    .action(platformAction(create))
  withPlatformFlags(organizations.command('rename'))
    .description('Call the organization something else. Its name in service hosts stays.')
    .argument('<title>', 'what people call it')
    .action(platformAction(rename))
  organizations
    .command('delete')
    .description('Delete an organization with its agents, keys and secrets.')
    .argument('<name>', 'as the list shows it')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON, for programs')
    .action(platformAction(remove))
}

async function create(verboseName: string, { name, json }: CreateFlags): Promise<void> {
  const { url, token } = await findCredentials()
  const body = { verboseName, ...(name !== undefined && { name }) }
  const made = await new ControlClient({ url, token }).send<typeof contract.createOrganization>('post', base, { body })
  printResult(
    json,
    made,
    () => `${made.name} is there. Commands go to it after: offhook organizations select ${made.name}`,
  )
}

async function rename(verboseName: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const changed = await client.send<typeof contract.updateOrganization>('patch', `${base}/{org}`, {
    body: { verboseName },
  })
  printResult(json, changed, () => `${changed.name} is called "${changed.verboseName}".`)
}

async function remove(name: string, flags: PlatformFlags & { readonly yes?: boolean }): Promise<void> {
  const { client } = await connect({ organization: name })
  if (!(await confirm(`Delete ${name} with its agents, keys and secrets?`, flags.yes))) return
  await client.send<typeof contract.deleteOrganization>('delete', `${base}/{org}`)
  const stored = await readCredentials()
  if (stored?.organization === name) {
    const { organization: _gone, ...rest } = stored
    await writeCredentials(rest)
  }
  printResult(flags.json, { name, deleted: true }, () => `${name} is deleted.`)
}

import type { Command } from 'commander'
import type * as properties from '../../control/contract/properties.ts'
import { connect } from '../connect.ts'
import { platformAction, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { formatTable } from '../table.ts'

const path = '/v1/organizations/{org}/properties'

export function addProperties(command: Command): void {
  withPlatformFlags(command.command('list'))
    .description('List the settings, with what they may be.')
    .action(platformAction(list))
  withPlatformFlags(command.command('set'))
    .description('Change a setting.')
    .argument('<name>')
    .argument('<value>')
    .action(platformAction(set))
}

async function list({ organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const schema = await client.send<typeof properties.cliDescribeProperties>('get', `${path}/schema`)
  printResult(json, schema.properties, () =>
    formatTable(
      ['NAME', 'VALUE', 'MAY BE', 'WHAT IT IS'],
      Object.entries(schema.properties).map(([name, { currentValue, readOnly, availableValues = [], description }]) => [
        name,
        currentValue,
        readOnly ? 'read-only' : availableValues.join(', '),
        description,
      ]),
    ),
  )
}

async function set(name: string, value: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const changed = await client.send<typeof properties.cliUpdateProperties>('patch', path, { body: { [name]: value } })
  printResult(json, changed.properties, () => `${name} is ${value}.`)
}

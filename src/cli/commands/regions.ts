import type { Command } from 'commander'
import type * as properties from '../../control/contract/properties.ts'
import { connect } from '../connect.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { formatTable } from '../table.ts'

export function regionsCommand(): Command {
  const regions = platformCommand('regions', 'Where agents can run.')
  withPlatformFlags(regions.command('list')).description('List regions.').action(platformAction(listRegions))
  return regions
}

async function listRegions({ organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const path = '/v1/organizations/{org}/regions'
  const { regions } = await client.send<typeof properties.cliListRegions>('get', path)
  printResult(json, regions, () =>
    formatTable(
      ['REGION', 'NAME'],
      regions.map((one) => [one.code, one.display_name]),
    ),
  )
}

import { type Command, Option } from 'commander'
import type * as builds from '../../control/contract/builds.ts'
import { connect } from '../connect.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { countBetween } from '../read-count.ts'
import { formatFields, formatTable, timeText } from '../table.ts'
import { harmless } from '../terminal.ts'

const path = '/v1/organizations/{org}/builds'

export function buildCommand(): Command {
  const build = platformCommand('build', 'Images that were built from a Dockerfile.')
  withPlatformFlags(build.command('list'))
    .description('List builds, the latest first.')
    .option('-n, --limit <n>', 'how many, 1 to 100', countBetween(1, 100), 10)
    .addOption(
      new Option('-s, --status <status>', 'of this status only').choices([
        'pending',
        'building',
        'success',
        'failed',
        'timeout',
      ]),
    )
    .option('-r, --region <region>', 'of this region only')
    .action(platformAction(list))
  withPlatformFlags(build.command('status'))
    .description('Show a build.')
    .argument('<id>')
    .action(platformAction(showStatus))
  withPlatformFlags(build.command('logs'))
    .description('Show what a build printed.')
    .argument('<id>')
    .option('-n, --lines <n>', 'how many lines, 1 to 10000', countBetween(1, 10_000), 500)
    .action(platformAction(showLogs))
  return build
}

interface ListFlags extends PlatformFlags, Pick<builds.BuildQuery, 'status' | 'region' | 'limit'> {}

async function list({ organization, json, limit, status, region }: ListFlags): Promise<void> {
  const { client } = await connect({ organization })
  const query = { limit, ...(status && { status }), ...(region !== undefined && { region }) }
  const found = await client.send<typeof builds.cliListBuilds>('get', path, { query })
  printResult(json, found.builds, () =>
    formatTable(
      ['BUILD', 'STATUS', 'REGION', 'TOOK', 'BEGUN'],
      found.builds.map((one) => [one.id, one.status, one.region, tookText(one), timeText(one.createdAt)]),
    ),
  )
}

async function showStatus(buildId: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const { build } = await client.send<typeof builds.cliReadBuild>('get', `${path}/{buildId}`, { params: { buildId } })
  printResult(json, build, () =>
    formatFields({
      Build: build.id,
      Status: build.status,
      Region: build.region,
      Dockerfile: build.dockerfilePath,
      Begun: timeText(build.createdAt),
      Took: tookText(build),
      Problem: build.errorMessage ?? undefined,
    }),
  )
}

async function showLogs(buildId: string, flags: PlatformFlags & { readonly lines: number }): Promise<void> {
  const { client } = await connect(flags)
  const request = { params: { buildId }, query: { limit: flags.lines } }
  const { logs } = await client.send<typeof builds.cliReadBuildLogs>('get', `${path}/{buildId}/logs`, request)
  printResult(flags.json, logs, () => harmless(logs.join('\n')))
}

const tookText = ({ buildDurationSeconds: seconds }: builds.BuildItem): string =>
  seconds === null ? '' : `${seconds} s`

import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import type { Command } from 'commander'
import type * as secrets from '../../control/contract/secrets.ts'
import { confirm } from '../ask.ts'
import { connect } from '../connect.ts'
import { UsageError } from '../describe-error.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { formatTable } from '../table.ts'

interface SetFlags extends PlatformFlags {
  readonly fromEnvFile?: string
  readonly region?: string
}

const path = '/v1/organizations/{org}/secrets'
const setPath = `${path}/{setName}` as const

export function secretsCommand(): Command {
  const command = platformCommand('secrets', 'Secrets that agents find in their environment. No value is ever shown.')
  withPlatformFlags(command.command('set'))
    .description('Add or replace secrets of a set; its other keys stay.')
    .argument('<name>', 'the set')
    .argument('[pairs...]', 'KEY=value')
    .option('--from-env-file <file>', 'take the pairs of a file such as .env, too')
    .option('--region <region>', 'of a new set')
    .action(platformAction(set))
  withPlatformFlags(command.command('list'))
    .description('List sets, or the keys of one.')
    .argument('[name]', 'the set')
    .action(platformAction(list))
  withPlatformFlags(command.command('unset'))
    .description('Remove one key of a set.')
    .argument('<name>', 'the set')
    .argument('<key>')
    .action(platformAction(unset))
  withPlatformFlags(command.command('delete'))
    .description('Remove a set.')
    .argument('<name>', 'the set')
    .option('--yes', 'do not ask')
    .action(platformAction(remove))
  return command
}

async function set(name: string, pairs: readonly string[], flags: SetFlags): Promise<void> {
  const { organization, json, fromEnvFile, region } = flags
  const given = { ...(fromEnvFile !== undefined && (await readEnvFile(fromEnvFile))), ...readPairs(pairs) }
  const keys = Object.keys(given)
  if (keys.length === 0) throw new UsageError('there is nothing to set: give KEY=value, or --from-env-file <file>')
  const { client } = await connect({ organization })
  const stored = await client.send<typeof secrets.cliPutSecretSet>('put', setPath, {
    params: { setName: name },
    body: {
      secrets: Object.entries(given).map(([secretKey, secretValue]) => ({ secretKey, secretValue })),
      ...(region !== undefined && { region }),
    },
  })
  printResult(
    json,
    { name, region: stored.region, keys },
    () => `${name} has ${keys.join(', ')}. Agents get it with their next deployment.`,
  )
}

/** What cannot be read is not repeated: it may be a secret. */
function readPairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair, at) => {
      const split = pair.indexOf('=')
      if (split > 0) return [pair.slice(0, split), pair.slice(split + 1)]
      throw new UsageError(`pair ${at + 1} is not KEY=value`)
    }),
  )
}

async function readEnvFile(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--from-env-file: ${file} cannot be read`, { cause: error })
  })
  return Object.fromEntries(Object.entries(parseEnv(text)).map(([key, value]) => [key, value ?? '']))
}

async function list(name: string | undefined, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  if (name === undefined) {
    const { sets } = await client.send<typeof secrets.cliListSecretSets>('get', path)
    printResult(json, sets, () =>
      formatTable(
        ['NAME', 'TYPE', 'REGION', 'STATUS'],
        sets.map((one) => [one.name, one.type, one.region, one.status]),
      ),
    )
    return
  }
  const found = await client.send<typeof secrets.cliReadSecretSet>('get', setPath, { params: { setName: name } })
  const keys = found.secrets.map(({ fieldName }) => fieldName)
  printResult(json, { name, ...found }, () =>
    formatTable(
      ['KEY', 'VALUE'],
      keys.map((key) => [key, '(hidden)']),
    ),
  )
}

async function unset(name: string, key: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  await client.send<typeof secrets.cliDeleteSecret>('delete', `${setPath}/{secretKey}`, {
    params: { setName: name, secretKey: key },
  })
  printResult(json, { name, key, removed: true }, () => `${name} no longer has ${key}.`)
}

async function remove(name: string, flags: PlatformFlags & { readonly yes?: boolean }): Promise<void> {
  const { client } = await connect(flags)
  if (!(await confirm(`Delete the secret set ${name}?`, flags.yes))) return
  await client.send<typeof secrets.cliDeleteSecretSet>('delete', setPath, { params: { setName: name } })
  printResult(flags.json, { name, deleted: true }, () => `The secret set ${name} is deleted.`)
}

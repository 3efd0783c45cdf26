import type { Command } from 'commander'
import type * as credentials from '../../control/contract/credentials.ts'
import { connect } from '../connect.ts'
import { platformAction, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { formatTable, timeText } from '../table.ts'
import { paint } from '../terminal.ts'

interface CreateFlags extends PlatformFlags {
  readonly private?: boolean
  readonly name?: string
}

const path = '/v1/offhook/organizations/{org}/keys'

export function addKeys(keys: Command): void {
  withPlatformFlags(keys.command('list'))
    .description('List keys of both kinds, revoked ones too.')
    .action(platformAction(list))
  withPlatformFlags(keys.command('create'))
    .description('Make a key: a public one starts sessions, a private one uses the whole API.')
    .option('--private', 'make a private key')
    .option('--name <name>', 'what the list calls it')
    .action(platformAction(create))
  withPlatformFlags(keys.command('revoke'))
    .description('Make a key useless, for good.')
    .argument('<id>', 'as the list shows it')
    .action(platformAction(revoke))
}

async function list({ organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const { keys } = await client.send<typeof credentials.listKeys>('get', path)
  printResult(json, keys, () =>
    formatTable(
      ['ID', 'TYPE', 'NAME', 'KEY', 'CREATED', 'LAST USED', 'STATE'],
      keys.map((key) => [
        key.id,
        key.type,
        key.name,
        key.key ?? key.hint,
        timeText(key.createdAt),
        timeText(key.lastUsedAt),
        key.revokedAt === null ? 'alive' : 'revoked',
      ]),
    ),
  )
}

async function create({ organization, json, private: isPrivate, name }: CreateFlags): Promise<void> {
  const { client } = await connect({ organization })
  const type = isPrivate === true ? 'private' : 'public'
  const key = await client.send<typeof credentials.createKey>('post', path, {
    body: { type, name: name ?? `${type} key` },
  })
  printResult(json, key, () => {
    const again = isPrivate === true ? 'It is shown this once. ' : ''
    return `${paint('bold', key.key)}\n${again}Its id is ${key.id}.`
  })
}

async function revoke(id: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  await client.send<typeof credentials.revokeKey>('delete', `${path}/{keyId}`, { params: { keyId: id } })
  printResult(json, { id, revoked: true }, () => `The key ${id} is revoked.`)
}

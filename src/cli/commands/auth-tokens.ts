import type { Command } from 'commander'
import type * as credentials from '../../control/contract/credentials.ts'
import { ControlClient } from '../../control/client.ts'
import { findCredentials } from '../connect.ts'
import { platformAction } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { countBetween } from '../read-count.ts'
import { formatTable, timeText } from '../table.ts'
import { paint } from '../terminal.ts'

interface TokenFlags {
  readonly json?: boolean
  readonly days?: number
}

const path = '/v1/offhook/tokens'

export function addTokens(tokens: Command): void {
  tokens
    .command('list')
    .description('List your tokens, and your log-ins with a browser.')
    .option('--json', 'print JSON, for programs')
    .action(platformAction(list))
  tokens
    .command('create')
    .description('Make a token that stands for you.')
    .argument('<name>', 'what the list calls it')
    .option('--days <days>', 'for how long it is good, up to 3650; for ever without', countBetween(1, 3650))
    .option('--json', 'print JSON, for programs')
    .action(platformAction(create))
  tokens
    .command('revoke')
    .description('Make a token useless, for good, and what somebody logged in to with it.')
    .argument('<id>', 'as the list shows it')
    .option('--json', 'print JSON, for programs')
    .action(platformAction(revoke))
}

const connectUser = async () => new ControlClient(await findCredentials())

async function list({ json }: TokenFlags): Promise<void> {
  const { tokens } = await (await connectUser()).send<typeof credentials.listTokens>('get', path)
  const now = new Date().toISOString()
  const stateOf = ({ revokedAt, expiresAt }: credentials.TokenItem) =>
    revokedAt !== null ? 'revoked' : expiresAt !== null && expiresAt <= now ? 'expired' : 'alive'
  printResult(json, tokens, () =>
    formatTable(
      ['ID', 'NAME', 'TOKEN', 'CREATED', 'LAST USED', 'GOOD UNTIL', 'STATE'],
      tokens.map((one) => [
        one.id,
        one.name,
        one.hint,
        timeText(one.createdAt),
        timeText(one.lastUsedAt),
        timeText(one.expiresAt),
        stateOf(one),
      ]),
    ),
  )
}

async function create(name: string, { json, days }: TokenFlags): Promise<void> {
  const body = { name, ...(days !== undefined && { expiresInDays: days }) }
  const made = await (await connectUser()).send<typeof credentials.createToken>('post', path, { body })
  printResult(json, made, () => `${paint('bold', made.token)}\nIt is shown this once. Its id is ${made.id}.`)
}

async function revoke(tokenId: string, { json }: TokenFlags): Promise<void> {
  const client = await connectUser()
  await client.send<typeof credentials.revokeToken>('delete', `${path}/{tokenId}`, { params: { tokenId } })
  printResult(json, { id: tokenId, revoked: true }, () => `The token ${tokenId} is revoked.`)
}

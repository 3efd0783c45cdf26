import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import type * as contract from '../../control/contract/plivo-account.ts'
import { askSecret, askText, canAsk, confirm, readStandardInput } from '../ask.ts'
import { connect } from '../connect.ts'
import { UsageError } from '../describe-error.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { formatTable, timeText } from '../table.ts'

interface SetFlags extends PlatformFlags {
  readonly authId?: string
  readonly fromEnv?: boolean
}

const path = '/v1/offhook/organizations/{org}/plivo'

export function plivoCommand(): Command {
  const command = platformCommand('plivo', 'The account at Plivo that an organization has of its own.')
  withPlatformFlags(command.command('set'))
    .description('Give the organization an account: its calls are signed and controlled with it, not with the node’s.')
    .option(
      '--auth-id <id>',
      'MA…, or SA… of a subaccount; the token is then asked for, or read from the standard input',
    )
    .option('--from-env', 'take PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN')
    .action(platformAction(set))
  withPlatformFlags(command.command('show'))
    .description('Show the account. Its token is never shown.')
    .action(platformAction(show))
  withPlatformFlags(command.command('unset'))
    .description('Forget the account: the node’s own counts again.')
    .option('--yes', 'do not ask')
    .action(platformAction(unset))
  return command
}

async function set({ organization, json, ...flags }: SetFlags): Promise<void> {
  const body = flags.fromEnv === true ? fromEnvironment(flags) : await asked(flags)
  const { client } = await connect({ organization })
  const account = await client.send<typeof contract.setPlivoAccount>('put', path, { body })
  printResult(json, account, () => `Calls of the organization use ${account.authId} from now on.`)
}

function fromEnvironment({ authId: given }: SetFlags) {
  if (given !== undefined) throw new UsageError('--auth-id and --from-env exclude each other')
  const { plivoAuthId: authId, plivoAuthToken: authToken } = readConfig(process.env)
  if (authId !== undefined && authToken !== undefined) return { authId, authToken }
  throw new UsageError('--from-env takes both PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN, and one is not set')
}

/** Never as an argument: those are seen by everybody on the machine. */
async function asked({ authId: given }: SetFlags) {
  if (canAsk()) {
    const authId = given ?? (await askText('Auth id:'))
    return { authId, authToken: await askSecret('Auth token:') }
  }
  const authToken = given === undefined ? '' : await readStandardInput()
  if (given !== undefined && authToken !== '') return { authId: given, authToken }
  throw new UsageError(
    'give --from-env, or --auth-id with the token on the standard input: there is no terminal to ask on',
  )
}

async function show({ organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const account = await client.send<typeof contract.readPlivoAccount>('get', path)
  const { authId, authTokenHint, changedAt, previousTokenUntil } = account
  const previous = previousTokenUntil === null ? '' : `also taken until ${timeText(previousTokenUntil)}`
  printResult(json, account, () =>
    formatTable(
      ['AUTH ID', 'TOKEN', 'CHANGED', 'TOKEN BEFORE'],
      [[authId, authTokenHint, timeText(changedAt), previous]],
    ),
  )
}

async function unset(flags: PlatformFlags & { readonly yes?: boolean }): Promise<void> {
  const { client } = await connect(flags)
  if (!(await confirm('Forget the Plivo account of the organization?', flags.yes))) return
  await client.send<typeof contract.deletePlivoAccount>('delete', path)
  printResult(
    flags.json,
    { removed: true },
    () => 'The account is forgotten; the one of the node counts, if it has one.',
  )
}

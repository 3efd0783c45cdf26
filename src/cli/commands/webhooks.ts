import type { Command } from 'commander'
import type * as contract from '../../control/contract/webhooks.ts'
import { confirm } from '../ask.ts'
import { connect } from '../connect.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { formatTable, timeText } from '../table.ts'
import { paint } from '../terminal.ts'
import { addDeliveries } from './webhook-deliveries.ts'

interface SettingFlags extends PlatformFlags {
  readonly events?: string
  readonly description?: string
}

interface UpdateFlags extends SettingFlags {
  readonly url?: string
  readonly enable?: boolean
  readonly disable?: boolean
}

const path = '/v1/offhook/organizations/{org}/webhooks'
const onePath = `${path}/{webhookId}` as const

export function webhooksCommand(): Command {
  const command = platformCommand('webhooks', 'URLs that are told what happens in an organization.')
  withPlatformFlags(command.command('list')).description('List webhooks.').action(platformAction(list))
  withSettings(command.command('add'))
    .description('Have events sent to a URL. Prints the secret that they are signed with.')
    .argument('<url>')
    .action(platformAction(add))
  withSettings(command.command('update'))
    .description('Change a webhook, or switch it off and on.')
    .argument('<id>', 'as the list shows it')
    .option('--url <url>', 'send events there')
    .option('--enable', 'switch it on again; what waits for it is sent')
    .option('--disable', 'switch it off')
    .action(platformAction(update))
  withPlatformFlags(command.command('secret'))
    .description('Make a new secret. For 24 hours events are signed with the old one, too.')
    .argument('<id>', 'as the list shows it')
    .action(platformAction(rotateSecret))
  withPlatformFlags(command.command('remove'))
    .description('Remove a webhook, with the record of what was sent.')
    .argument('<id>', 'as the list shows it')
    .option('--yes', 'do not ask')
    .action(platformAction(remove))
  addDeliveries(command)
  return command
}

const withSettings = (command: Command): Command =>
  withPlatformFlags(command)
    .option('--events <types>', 'only these, separated by commas, such as session.ended; "all" for all')
    .option('--description <text>', 'what the list says of it')

async function list({ organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const { webhooks } = await client.send<typeof contract.listWebhooks>('get', path)
  printResult(json, webhooks, () =>
    formatTable(
      ['ID', 'URL', 'EVENTS', 'STATE', 'DESCRIPTION'],
      webhooks.map((one) => [one.id, one.url, one.events?.join(', ') ?? 'all', stateOf(one), one.description ?? '']),
    ),
  )
}

function stateOf({ disabledReason, failingSince }: contract.WebhookView): string {
  if (disabledReason !== null) return `off: ${disabledReason}`
  return failingSince === null ? 'on' : `on, failing since ${timeText(failingSince)}`
}

async function add(url: string, { organization, json, ...flags }: SettingFlags): Promise<void> {
  const { client } = await connect({ organization })
  const created = await client.send<typeof contract.createWebhook>('post', path, {
    body: { url, ...settingsOf(flags) },
  })
  printResult(json, created, () => secretText(created.secret, `The id of the webhook is ${created.id}.`))
}

async function update(webhookId: string, flags: UpdateFlags): Promise<void> {
  const { organization, json, url, enable, disable } = flags
  const { client } = await connect({ organization })
  const enabled = enable === true ? true : disable === true ? false : undefined
  const changed = await client.send<typeof contract.updateWebhook>('patch', onePath, {
    params: { webhookId },
    body: { ...settingsOf(flags), ...(url !== undefined && { url }), ...(enabled !== undefined && { enabled }) },
  })
  printResult(
    json,
    changed,
    () => `${changed.url}: ${stateOf(changed)}, events: ${changed.events?.join(', ') ?? 'all'}`,
  )
}

/** The node says which types it does not know. */
function settingsOf({ events, description }: SettingFlags) {
  const types = events?.split(',').map((type) => type.trim()) as contract.EventTypes
  return {
    ...(events !== undefined && { events: events === 'all' ? null : types }),
    ...(description !== undefined && { description }),
  }
}

async function rotateSecret(webhookId: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const rotated = await client.send<typeof contract.rotateWebhookSecret>('post', `${onePath}/secret`, {
    params: { webhookId },
  })
  printResult(json, rotated, () => secretText(rotated.secret, 'For 24 hours events are signed with the old one, too.'))
}

const secretText = (secret: string, more: string) => `${paint('bold', secret)}\nIt is shown this once. ${more}`

async function remove(webhookId: string, flags: PlatformFlags & { readonly yes?: boolean }): Promise<void> {
  const { client } = await connect(flags)
  if (!(await confirm(`Remove the webhook ${webhookId}?`, flags.yes))) return
  await client.send<typeof contract.deleteWebhook>('delete', onePath, { params: { webhookId } })
  printResult(flags.json, { id: webhookId, removed: true }, () => `The webhook ${webhookId} is removed.`)
}

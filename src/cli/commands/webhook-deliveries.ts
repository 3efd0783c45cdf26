import type { Command } from 'commander'
import type * as contract from '../../control/contract/webhooks.ts'
import { connect } from '../connect.ts'
import { UsageError } from '../describe-error.ts'
import { platformAction, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { countBetween } from '../read-count.ts'
import { formatTable, timeText } from '../table.ts'

const path = '/v1/offhook/organizations/{org}/webhooks/{webhookId}'
const states = ['pending', 'delivered', 'failed'] as const

interface ListFlags extends PlatformFlags {
  readonly state?: string
  readonly limit?: number
}

/** What becomes of what webhooks are told. */
export function addDeliveries(command: Command): void {
  withPlatformFlags(command.command('test'))
    .description('Send an event of the type webhook.test.')
    .argument('<id>', 'of the webhook')
    .action(platformAction(test))
  withPlatformFlags(command.command('deliveries'))
    .description('List what was sent, or is to be, the latest first; with the id of one, show it whole.')
    .argument('<id>', 'of the webhook')
    .argument('[delivery]', 'as the list shows it')
    .option('--state <state>', `only those that are ${states.join(', ')}`)
    .option('-n, --limit <count>', 'how many, up to 1000', countBetween(1, 1000), 50)
    .action(platformAction(deliveries))
  withPlatformFlags(command.command('resend'))
    .description('Send a delivery again, with the same id.')
    .argument('<id>', 'of the webhook')
    .argument('<delivery>', 'as the list of deliveries shows it')
    .action(platformAction(resend))
}

async function test(webhookId: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const queued = await client.send<typeof contract.testWebhook>('post', `${path}/test`, { params: { webhookId } })
  printResult(
    json,
    queued,
    () => `${queued.id} is under way. See what becomes of it: offhook webhooks deliveries ${webhookId}`,
  )
}

async function deliveries(webhookId: string, deliveryId: string | undefined, flags: ListFlags): Promise<void> {
  const { organization, json, limit } = flags
  const state = states.find((one) => one === flags.state)
  if (flags.state !== undefined && state === undefined) throw new UsageError(`--state must be ${states.join(', ')}`)
  const { client } = await connect({ organization })
  if (deliveryId !== undefined) {
    const one = await client.send<typeof contract.readDelivery>('get', `${path}/deliveries/{deliveryId}`, {
      params: { webhookId, deliveryId },
    })
    console.log(JSON.stringify(one, undefined, 2))
    return
  }
  const found = await client.send<typeof contract.listDeliveries>('get', `${path}/deliveries`, {
    params: { webhookId },
    query: { state, limit },
  })
  printResult(json, found.deliveries, () =>
    formatTable(
      ['ID', 'EVENT', 'CREATED', 'STATE', 'ATTEMPTS', 'LAST ANSWER', 'NEXT ATTEMPT'],
      found.deliveries.map((one) => [
        one.id,
        one.eventType,
        timeText(one.createdAt),
        one.state,
        String(one.attempts),
        one.lastError ?? (one.lastStatus === null ? '' : `HTTP ${one.lastStatus}`),
        timeText(one.nextAttemptAt),
      ]),
    ),
  )
}

async function resend(webhookId: string, deliveryId: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const queued = await client.send<typeof contract.resendDelivery>('post', `${path}/deliveries/{deliveryId}/resend`, {
    params: { webhookId, deliveryId },
  })
  printResult(json, queued, () => `${queued.id} is under way again.`)
}

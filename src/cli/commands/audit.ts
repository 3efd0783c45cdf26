import type { Command } from 'commander'
import type * as contract from '../../control/contract/audit.ts'
import { connect } from '../connect.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { countBetween } from '../read-count.ts'
import { formatTable, timeText } from '../table.ts'

interface AuditFlags extends PlatformFlags {
  readonly action?: string
  readonly limit?: number
}

export const auditCommand = (): Command =>
  withPlatformFlags(platformCommand('audit', 'Who changed what in an organization, the latest first.'))
    .option('--action <action>', 'only this, such as key.create')
    .option('-n, --limit <count>', 'how many, up to 1000', countBetween(1, 1000), 50)
    .action(platformAction(audit))

async function audit({ organization, json, action, limit }: AuditFlags): Promise<void> {
  const { client } = await connect({ organization })
  const path = '/v1/offhook/organizations/{org}/audit'
  const { entries } = await client.send<typeof contract.listAudit>('get', path, {
    query: { action, limit },
  })
  printResult(json, entries, () =>
    formatTable(
      ['WHEN', 'WHO', 'WHAT', 'TO WHAT', 'MORE'],
      entries.map((one) => [
        timeText(one.at),
        one.actor ?? one.actorId ?? one.actorType,
        one.action,
        [one.targetType, one.targetId].filter((part) => part !== null).join(' '),
        one.data === null ? '' : JSON.stringify(one.data),
      ]),
    ),
  )
}

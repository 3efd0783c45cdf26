import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { platformAction, platformCommand, type PlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'

type Flags = Pick<PlatformFlags, 'json'>

export function backupCommand(): Command {
  return platformCommand(
    'backup',
    'Write everything that a node keeps in its database to one file. The key for secrets is not in it.',
  )
    .argument('<file>', 'where it goes')
    .option('--json', 'print JSON, for programs')
    .action(
      platformAction(async (file: string, { json }: Flags) => {
        const { backUp } = await import('../keep-store.ts')
        await backUp(readConfig(process.env), file)
        printResult(json, { file }, () => `${file} has everything but the key for secrets: keep that apart`)
      }),
    )
}

export function restoreCommand(): Command {
  return platformCommand(
    'restore',
    'Fill an empty database, of either kind, from the file of a backup. Stop the node first.',
  )
    .argument('<file>', 'what offhook backup wrote')
    .option('--json', 'print JSON, for programs')
    .action(
      platformAction(async (file: string, { json }: Flags) => {
        const { restore } = await import('../keep-store.ts')
        await restore(readConfig(process.env), file)
        printResult(
          json,
          { file },
          () => `${file} is restored; start the node with the key for secrets that it was made with`,
        )
      }),
    )
}

import { Command } from 'commander'
import { readConfig } from '../../config.ts'

export function backupCommand(): Command {
  return new Command('backup')
    .description('Write everything that a node keeps in its database to one file. The key for secrets is not in it.')
    .argument('<file>', 'where it goes')
    .action(async (file: string) => {
      const { backUp } = await import('../keep-store.ts')
      await backUp(readConfig(process.env), file)
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('Fill an empty database, of either kind, from the file of a backup. Stop the node first.')
    .argument('<file>', 'what offhook backup wrote')
    .action(async (file: string) => {
      const { restore } = await import('../keep-store.ts')
      await restore(readConfig(process.env), file)
    })
}

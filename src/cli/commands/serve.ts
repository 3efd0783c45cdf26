import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { platformAction, platformCommand } from '../platform-command.ts'

export function serveCommand(): Command {
  return platformCommand(
    'serve',
    'Run a node for production: agents that were deployed, their secrets, sessions and logs, and the API.',
  )
    .option('--port <port>', 'port to listen on; default PORT or 7860')
    .action(
      platformAction(async ({ port }: { port?: string }) => {
        const config = readConfig({ ...process.env, ...(port !== undefined && { PORT: port }) })
        // Loaded when it is wanted: the other commands start faster without a database.
        const { serve } = await import('../serve-node.ts')
        await serve(config)
      }),
    )
}

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { devCommand } from './commands/dev.ts'
import { dialCommand } from './commands/dial.ts'
import { phoneCommand } from './commands/phone.ts'
import { simulatorCommand } from './commands/simulator.ts'
import { describeError } from './describe-error.ts'

const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const version = typeof manifest === 'object' && manifest && 'version' in manifest ? String(manifest.version) : ''

const program = new Command('offhook')
  .description('Answer telephone calls with bots.')
  .version(version)
  .showHelpAfterError()
  .configureHelp({ showGlobalOptions: false })
  .addCommand(devCommand())
  .addCommand(dialCommand())
  .addCommand(simulatorCommand())
  .addCommand(phoneCommand())

try {
  await program.parseAsync()
} catch (error) {
  console.error(describeError(error))
  process.exitCode = 1
}
// What is still open at the end of a command must not keep the terminal waiting.
process.exit()

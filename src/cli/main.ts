import { Command } from 'commander'
import { describeError } from './describe-error.ts'
import { packageVersion } from './package-files.ts'
import { usageExitCode } from './platform-command.ts'

const program = new Command('offhook')
  .description('Answer telephone calls with bots.')
  .version(packageVersion())
  .showHelpAfterError()
  .configureHelp({ showGlobalOptions: false })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usageExitCode))

/** In the order of the help. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./commands/init.ts')).initCommand(),
  dev: async () => (await import('./commands/dev.ts')).devCommand(),
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  dial: async () => (await import('./commands/dial.ts')).dialCommand(),
  simulator: async () => (await import('./commands/simulator.ts')).simulatorCommand(),
  phone: async () => (await import('./commands/phone.ts')).phoneCommand(),
  auth: async () => (await import('./commands/auth.ts')).authCommand(),
  organizations: async () => (await import('./commands/organizations.ts')).organizationsCommand(),
  deploy: async () => (await import('./commands/deploy.ts')).deployCommand(),
  agent: async () => (await import('./commands/agent.ts')).agentCommand(),
  ps: async () => (await import('./commands/ps.ts')).psCommand(),
  secrets: async () => (await import('./commands/secrets.ts')).secretsCommand(),
  plivo: async () => (await import('./commands/plivo.ts')).plivoCommand(),
  webhooks: async () => (await import('./commands/webhooks.ts')).webhooksCommand(),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
  build: async () => (await import('./commands/build.ts')).buildCommand(),
  regions: async () => (await import('./commands/regions.ts')).regionsCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  backup: async () => (await import('./commands/backup.ts')).backupCommand(),
  restore: async () => (await import('./commands/backup.ts')).restoreCommand(),
}

const [wanted = ''] = process.argv.slice(2)

// Whoever reads has read enough, as `head` has; a node goes on, since its callers have not.
const servers = ['serve', 'dev', 'simulator']
for (const output of [process.stdout, process.stderr]) {
  output.on('error', () => {
    if (!servers.includes(wanted)) process.exit()
  })
}

// The simulator takes longest to load: only the command that was asked for is, or all of them for the help.
const asked = Object.keys(commands).filter((name) => name === wanted)
for (const name of asked.length > 0 ? asked : Object.keys(commands)) {
  const command = await commands[name]?.()
  if (command) program.addCommand(command)
}

try {
  await program.parseAsync()
} catch (error) {
  console.error(describeError(error))
  process.exitCode = 1
}
// What is still open at the end of a command must not keep the terminal waiting.
process.exit()

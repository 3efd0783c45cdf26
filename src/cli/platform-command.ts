import { Command } from 'commander'
import { ConfigError } from '../config.ts'
import { NodeUnreachableError, RequestRefusedError } from '../control/client.ts'
import { describeError, UsageError } from './describe-error.ts'
import { FailedCommandError } from './failed-command.ts'

/** What every command takes that asks a node. */
export interface PlatformFlags {
  readonly organization?: string
  readonly json?: boolean
}

/** Of a command that is not used as it should be. */
export const usageExitCode = 2

/** A command, or a group of commands, that exits with 2 when it is not used as it should be. */
export const platformCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .showHelpAfterError()
    .configureHelp({ showGlobalOptions: false })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usageExitCode))

/** Adds what every command has that asks a node. */
export const withPlatformFlags = (command: Command): Command =>
  command
    .option('-o, --organization <name>', 'instead of the selected one')
    .option('--json', 'print JSON, for programs')

/** Exits with 2 for a command that is not used as it should be, with 1 for one that could not be done. */
export function platformAction<Args extends unknown[]>(
  act: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      await act(...args)
    } catch (error) {
      process.stderr.write(`${sentenceOf(error)}\n`)
      process.exitCode = error instanceof UsageError || error instanceof ConfigError ? usageExitCode : 1
    }
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof FailedCommandError) return `offhook: ${error.message}`
  if (error instanceof NodeUnreachableError) {
    return `offhook: ${error.message}. Start one with offhook serve, or log in to another: offhook auth login --url …`
  }
  if (!(error instanceof RequestRefusedError)) return describeError(error)
  const hint =
    error.status === 401 ? '\n  Run offhook auth login --url <node> --token <pcc_pat_…>, or set OFFHOOK_TOKEN.' : ''
  return `offhook: ${error.message}${hint}`
}

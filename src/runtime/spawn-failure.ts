import { messageOf } from '../lib/errors.ts'
import { InstanceStartError } from './link.ts'

/** What was to be begun: a program with its environment. */
interface FailedSpawn {
  /** `the bot's process` */
  readonly what: string
  readonly program: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Why a process could not even be begun. Values of its environment are secrets: Node.js would quote them. */
export function spawnFailure(error: unknown, { what, program, environment }: FailedSpawn): InstanceStartError {
  const holding = Object.keys(environment).find((name) => environment[name]?.includes('\0'))
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `there is no program "${program}"`,
    E2BIG: 'its environment is too large: a secret may have 128 KB, all of them together about 2 MB',
    EMFILE: 'this node has too many files open',
    ENFILE: 'this machine has too many files open',
    ERR_INVALID_ARG_VALUE: `the secret "${holding ?? ''}" has the character NUL, which no environment can hold`,
  }
  const why =
    code === 'ERR_INVALID_ARG_VALUE' && holding === undefined ? 'a word of it has the character NUL' : reasons[code]
  return new InstanceStartError(
    `${what} could not be started: ${why ?? messageOf(error)}`,
    holding === undefined ? { cause: error } : {},
  )
}

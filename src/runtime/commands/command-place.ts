import type { Clock } from '../../lib/clock.ts'
import { startCommand } from './command-process.ts'
import { releasePort, takePort } from './free-port.ts'
import type { OpenPlace } from '../server-bots/server-place.ts'
import { createScratch, removeScratch } from '../scratch.ts'
import { serverEnvironment } from '../server-bots/server-environment.ts'

interface CommandPlaceOptions {
  /** Program and arguments; `$PORT` in them is the port to listen on. */
  readonly command: readonly string[]
  readonly workingDirectory: string
  /** The agent's own: its secrets. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Folders in which the program is looked for, as in `PATH`. */
  readonly searchPath: string
  /** Folder for what the node keeps. */
  readonly home: string
  readonly clock: Clock
}

/** Server bots as processes of this machine. */
export function commandPlace({
  command,
  workingDirectory,
  environment,
  searchPath,
  home,
  clock,
}: CommandPlaceOptions): OpenPlace {
  return async (onOutput) => {
    const port = await takePort()
    // Its own, so that nothing it leaves lying about outlives it.
    const scratch = await createScratch(home)
    const leave = async () => {
      releasePort(port)
      await removeScratch(scratch)
    }
    const process = await startCommand({
      command: command.map((word) => word.replaceAll(/\$PORT\b|\$\{PORT\}/g, String(port))),
      workingDirectory,
      environment: {
        PATH: searchPath,
        HOME: workingDirectory,
        LANG: 'C.UTF-8',
        // What a bot says is of use when it says it.
        PYTHONUNBUFFERED: '1',
        ...serverEnvironment({ secrets: environment, port }),
      },
      scratch,
      clock,
      onOutput,
    }).catch(async (error: unknown) => {
      await leave()
      throw error
    })
    const exited = process.exited.then(async (exit) => {
      await leave()
      return exit
    })
    return {
      origin: `http://127.0.0.1:${port}`,
      pid: process.pid,
      exited,
      stop: async () => {
        process.stop()
        await exited
      },
      kill: () => process.kill(),
      diagnose: () => process.listensOn(),
    }
  }
}

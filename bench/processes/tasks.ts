/** What a process of the bench's can be asked to do, by name. */
export type Tasks = Readonly<Record<string, (argument: never) => unknown>>

export interface Request {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

export type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

const leaveWithinMs = 5000

/** Does `tasks` for the parent until the parent lets go or is gone, then `leave`s and exits. */
export function serveTasks(tasks: Tasks, leave: () => Promise<void> | void = () => undefined): void {
  // A terminal's Ctrl-C reaches the whole group; the parent decides.
  process.on('SIGINT', () => undefined)
  process.on('message', (request: Request) => void answer(tasks, request))
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), leaveWithinMs)
    void Promise.resolve(leave()).finally(() => process.exit(0))
  })
}

async function answer(tasks: Tasks, { id, name, argument }: Request): Promise<void> {
  try {
    const task = tasks[name]
    if (!task) throw new Error(`there is no task ${name}`)
    reply({ id, value: await task(argument as never) })
  } catch (error) {
    reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

function reply(message: Reply): void {
  if (process.connected) process.send?.(message)
}

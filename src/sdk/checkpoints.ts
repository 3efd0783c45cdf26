import type { Player } from './player.ts'
import { type BotCommand, nodeCheckpointPrefix } from './protocol.ts'

/** The bot's own places in the audio, by name. */
export class Checkpoints {
  readonly #player: Player
  readonly #send: (command: BotCommand) => void
  readonly #waiting = new Map<string, (played: boolean) => void>()
  #unnamed = 0

  constructor({ player, send }: { player: Player; send: (command: BotCommand) => void }) {
    this.#player = player
    this.#send = send
  }

  /** Throws a `RangeError` for a name that cannot be had. */
  add(name = `checkpoint-${++this.#unnamed}`): Promise<boolean> {
    if (name.startsWith(nodeCheckpointPrefix)) throw new RangeError(`names like ${name} are the node's own`)
    if (this.#waiting.has(name)) throw new RangeError(`checkpoint ${name} is waiting already; use another name`)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#waiting.set(name, resolve)
    this.#player.inOrder(() => {
      if (this.#waiting.get(name) === resolve) this.#send({ type: 'checkpoint', name })
    })
    return promise
  }

  played(name: string): void {
    this.#waiting.get(name)?.(true)
    this.#waiting.delete(name)
  }

  /** None of those that wait will be reached. */
  drop(): void {
    for (const settle of this.#waiting.values()) settle(false)
    this.#waiting.clear()
  }
}

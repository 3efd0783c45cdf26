import type { PlayedByCarrier } from './control.ts'
import { CallControlError } from './control-error.ts'
import type { Player } from './player.ts'
import type { NewUtterance } from './playing.ts'
import type { OpenRequest } from './requests.ts'
import type { Utterance } from './utterance.ts'

/**
 * An utterance that the carrier plays by itself. It begins once all that was asked for before it was heard, for the two
 * would sound at once; and what is asked for after it waits until the carrier is done.
 */
export function playByCarrier(player: Player, about: NewUtterance, ask: () => OpenRequest<PlayedByCarrier>): Utterance {
  const playing = player.add({ ...about, byCarrier: true })
  const { utterance, released } = playing
  player.enqueue(playing, async () => {
    await Promise.race([Promise.allSettled(player.before(playing)), released.promise])
    if (!playing.wanted) return
    const { reply, cancel } = ask()
    playing.announced = true
    playing.askToStop = cancel
    try {
      const { totalMs, ...heard } = await reply
      utterance.produced(totalMs)
      utterance.complete()
      utterance.finish(heard)
      player.drop(playing)
    } catch (error) {
      if (!(error instanceof CallControlError) || error.code !== 'call-over') return player.fail(playing, error)
      utterance.finish({ heardMs: 0, uncertaintyMs: 0, cutBy: 'hang-up' })
      player.drop(playing)
    }
  })
  return utterance
}

import type { BotCommand } from '../sdk/protocol.ts'
import type { Playout } from './playout/playout.ts'

/** What a bot says of the caller's ear. */
type OutputCommand = Exclude<BotCommand, { type: 'request' | 'cancel' | 'hang-up' }>

/** Does what a bot wants heard, or no longer heard. Tells whether it is for the caller to hear. */
export function obeyOutput(command: OutputCommand, playout: Playout): 'audio' | undefined {
  switch (command.type) {
    case 'write':
      playout.write(command.utterance, command.audio)
      return 'audio'
    case 'play':
      playout.play(command.utterance, command.audio)
      return 'audio'
    case 'message':
      playout.passOn(command.raw)
      return 'audio'
    case 'play-end':
      playout.playEnd(command.utterance)
      return undefined
    case 'stop':
      playout.stop(command.utterance, command.by)
      return undefined
    case 'clear':
      playout.clear()
      return undefined
    case 'checkpoint':
      playout.checkpoint(command.name)
      return undefined
  }
}

import { once } from 'node:events'
import { within, type CallContext, type DialledLeg } from '../call-context.ts'
import { calleeHungUp, dialEnded, scheduledHangup, unansweredStatus } from '../hangup-causes.ts'
import type { WebhookParameters } from '../webhook-sender.ts'
import { afterAction } from './action.ts'
import { DialCallbacks } from './dial-callbacks.ts'
import { playDialMusic } from './dial-music.ts'
import { DialRace } from './dial-race.ts'
import { dialAttributes, readDial, type DialSettings } from './dial-settings.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Section 6. Several children ring at once; who answers first talks to the caller. */
export const dial: ElementKind = {
  attributes: dialAttributes,
  check: ({ children }) => {
    const other = children.find(({ name }) => name !== 'Number' && name !== 'User')
    if (other) return `<${other.name}> may not stand in Dial`
    return children.some(({ text }) => text === '') ? 'a Number or User is empty' : undefined
  },
  run: async (element, call) => {
    const settings = readDial(element, call)
    if (settings.destinations.length === 0) {
      call.timeline.warn('Dial has no Number and no User: skipped')
      return nextElement
    }
    const callbacks = new DialCallbacks(call, settings)
    const music = new AbortController()
    let musicStarted = false
    const startMusic = () => {
      if (!musicStarted) call.inBackground(playDialMusic(settings.musicUrl, within(call, music.signal)))
      musicStarted = true
    }
    const race = new DialRace(call, settings, callbacks, startMusic)
    const winner = await race.run()
    music.abort()
    if (winner) await bridge(winner, settings, callbacks, call)
    if (call.over.aborted) return nextElement
    return afterAction(element, call, outcomeOf(race, winner, call))
  },
}

/** Both hear each other until one of them goes, the time is up, or the star is pressed. */
async function bridge(
  leg: DialledLeg,
  settings: DialSettings,
  callbacks: DialCallbacks,
  call: CallContext,
): Promise<void> {
  const { line, clock, timeline } = call
  const { callUuid, to } = leg.call.facts
  const released = new AbortController()
  const timer = clock.after(settings.timeLimitMs, () => leg.call.end(scheduledHangup))
  line.join(leg.call.line)
  call.bridged = leg
  timeline.add({ type: 'leg-bridged', callUuid, to })
  callbacks.send('connected', leg)
  const tellDigits = (by: 'ALeg' | 'BLeg', pattern: string) =>
    callbacks.send('digits', leg, { DialDigitsMatch: pattern, DialDigitsPressedBy: by })
  line.onPress = watchKeys(settings.digitsMatch, (pattern, digit) => {
    if (pattern !== undefined) tellDigits('ALeg', pattern)
    if (digit === '*' && settings.hangupOnStar) released.abort()
  })
  leg.call.line.onPress = watchKeys(settings.digitsMatchBLeg, (pattern) => {
    if (pattern !== undefined) tellDigits('BLeg', pattern)
  })

  const apart = AbortSignal.any([leg.away, call.halted, released.signal])
  if (!apart.aborted) await once(apart, 'abort')

  timer.cancel()
  line.onPress = undefined
  leg.call.line.onPress = undefined
  line.part()
  call.bridged = undefined
  const left = call.halted.aborted && !call.over.aborted && call.assumptions.legAfterTransfer === 'keep'
  if (leg.onItsOwn || left) return
  leg.call.end(dialEnded)
  callbacks.send('hangup', leg)
}

/** Tells each key, with the pattern that it completes. */
function watchKeys(
  patterns: readonly string[],
  onKey: (pattern: string | undefined, digit: string) => void,
): (digit: string) => void {
  let typed = ''
  return (digit) => {
    typed += digit
    const pattern = patterns.find((pattern) => typed.endsWith(pattern))
    if (pattern !== undefined) typed = ''
    onKey(pattern, digit)
  }
}

function outcomeOf(race: DialRace, winner: DialledLeg | undefined, call: CallContext): WebhookParameters {
  const cause = (winner ?? race.legs.at(-1))?.cause ?? (winner ? calleeHungUp : dialEnded)
  const unanswered = unansweredStatus(cause)
  const missed = unanswered === 'no-answer' ? call.assumptions.dialTimeoutStatus : unanswered
  return {
    DialStatus: winner ? 'completed' : missed,
    DialRingStatus: String(race.rang),
    DialHangupCause: cause.cause,
    DialALegUUID: call.facts.callUuid,
    DialBLegUUID: winner?.call.facts.callUuid ?? '',
  }
}

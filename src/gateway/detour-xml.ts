import { dial, play, record, redirect, response, speak, type SpeakOptions, wait } from '../plivo/index.ts'
import type { XmlElement } from '../plivo/xml.ts'
import type { DetourPlan } from '../sessions/detours/detour.ts'

/** Where Plivo reports of a detour, and asks how the call goes on after it. */
export interface DetourUrls {
  readonly next: string
  readonly recorded: string
  /** Undefined: nobody wants to know. */
  readonly dialEvent?: string
  /** XML with what a callee hears before the caller is there. */
  readonly whisper?: string
  /** XML with what a caller hears until somebody has taken the call. */
  readonly music?: string
}

/** How long a callee may take to press the key that takes the call. */
const acceptSeconds = 15

/** The document that takes a caller elsewhere. Behind its element stands the way back, for whatever becomes of that. */
export function detourXml(plan: DetourPlan, urls: DetourUrls): string {
  return response(...elementsOf(plan, urls), redirect({ url: urls.next }))
}

/** What a callee hears. A moment of silence at the end, so that the question is not over with the last word. */
export const whisperXml = (announce: string): string => response(speak({ text: announce }), wait({ lengthSeconds: 1 }))

/** The ringing ends when somebody picks up, and they have not taken the call yet. */
export const musicXml = (url: string): string => response(play({ url, loop: 0 }))

function elementsOf(plan: DetourPlan, { next, dialEvent, whisper, recorded, music }: DetourUrls): XmlElement[] {
  switch (plan.type) {
    case 'dial':
      return [
        dial({
          to: plan.to,
          action: next,
          callbackUrl: dialEvent,
          timeoutSeconds: seconds(plan.ringMs),
          timeLimitSeconds: seconds(plan.maxMs),
          callerId: plan.callerId,
          ...(plan.announce !== undefined && {
            dialMusic: music,
            confirmSound: whisper,
            confirmKey: plan.acceptKey,
            confirmTimeoutSeconds: acceptSeconds,
          }),
        }),
      ]
    case 'record':
      return [
        ...(plan.prompt === undefined ? [] : [speak({ text: plan.prompt })]),
        record({
          action: next,
          callbackUrl: recorded,
          maxLengthSeconds: seconds(plan.maxMs),
          timeoutSeconds: seconds(plan.silenceMs),
          finishOnKey: plan.until ?? 'none',
          playBeep: plan.beep,
        }),
      ]
    case 'speak': {
      const { text, voice, language, ssml } = plan
      return [speak({ text, voice: voice as SpeakOptions['voice'], language, ssml })]
    }
    case 'play':
      return [play({ url: plan.url })]
  }
}

const seconds = (ms: number) => Math.max(1, Math.round(ms / 1000))

import type { ControlRequest } from './control.ts'

/** How the carrier's own voice speaks. */
export interface SayOptions {
  /** `WOMAN` (the default), `MAN` or `Polly.<Name>`. */
  readonly voice?: string
  /** Such as `en-US`, the default. */
  readonly language?: string
  /** The text has SSML in it, which only the `Polly` voices understand. */
  readonly ssml?: boolean
}

/** Throws a `TypeError` that names what is wrong. */
export function toSayRequest(
  text: string,
  { voice, language, ssml }: SayOptions,
): Extract<ControlRequest, { verb: 'say' }> {
  if (typeof text !== 'string' || text.trim() === '') throw new TypeError('say needs a text')
  if (voice !== undefined && !/^(?:WOMAN|MAN|Polly\.[A-Za-z-]+)$/.test(voice))
    throw new TypeError(`say: voice is WOMAN, MAN or Polly.<Name>, got ${voice}`)
  if (ssml && voice?.startsWith('Polly.') !== true)
    throw new TypeError(`say: only the Polly voices understand SSML; use voice: 'Polly.Joanna' or another`)
  return {
    verb: 'say',
    text,
    ...(voice !== undefined && { voice }),
    ...(language !== undefined && { language }),
    ...(ssml !== undefined && { ssml }),
  }
}

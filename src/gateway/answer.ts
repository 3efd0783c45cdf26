import type { Clock } from '../lib/clock.ts'
import { hangup, record, redirect, response, speak, stream, streamContentType } from '../plivo/index.ts'
import type { XmlElement } from '../plivo/xml.ts'
import { type Agent, serviceHost } from '../sessions/agent.ts'
import { firstStreamMs } from '../sessions/call-registry.ts'
import type { CarrierCall } from '../sessions/carrier/carrier-call.ts'
import { farewells } from '../sessions/detours/farewells.ts'
import { beginFallback, type Fallback, type FallbackStep } from '../sessions/detours/fallback.ts'
import type { Step } from '../sessions/detours/what-next.ts'
import { type DetourUrls, detourXml } from './detour-xml.ts'
import { toSocketUrl } from './public-url.ts'
import type { TicketOffice } from './ticket.ts'

/** The redirect behind a stream is how the call goes on: Plivo is asked to try hard (fragment settings, C-1). */
const tryHard = '#rc=5&rp=all&tt=55000'

/** Plivo's longest call. */
const longestCallSeconds = 86_400

/** The XML documents that the node answers with. `base` is the node's own address, as Plivo sees it. */
export class Answers {
  readonly #tickets: TicketOffice
  readonly #clock: Clock

  /** Organizations whose streams ask for no status callbacks, which help when a stream does not come about. */
  readonly #withoutStatus = new Set<string>()

  constructor({ tickets, clock }: { tickets: TicketOffice; clock: Clock }) {
    this.#tickets = tickets
    this.#clock = clock
  }

  /** The first document of a call: records it, if the agent says so, and opens the stream. */
  first(call: CarrierCall, base: string): string {
    return response(...recordWhole(call, base), ...this.#stream(call, base))
  }

  /** What the carrier does next. */
  step(step: Step, call: CarrierCall, base: string): string {
    if (step.type === 'stream') return response(...this.#stream(call, base))
    return stepXml(step, {
      next: nextUrl(call, base),
      dialEvent: eventUrl('dial-event', call, base),
      whisper: eventUrl('whisper', call, base),
      recorded: eventUrl('recorded', call, base),
      music: `${base}/plivo/music`,
    })
  }

  hangUp(): string {
    return response(hangup())
  }

  /** For a call that has no place. Nothing of it is held: what Plivo asks later has all that is to be known in its URL. */
  overflow(fallback: Fallback, { isAnswered, ...place }: OverflowPlace & { readonly isAnswered: boolean }): string {
    // A reason counts only before the answer (Plivo reference 6.9).
    if (fallback.type === 'busy' && !isAnswered) return response(hangup({ reason: 'busy' }))
    return this.afterOverflow(beginFallback(fallback, 'no-room'), fallback, place)
  }

  afterOverflow(step: FallbackStep, { type: gets }: Pick<Fallback, 'type'>, { agent, base }: OverflowPlace): string {
    const { name, organization } = agent
    const query = new URLSearchParams({ agent: name, org: organization, gets }).toString()
    const next = `${base}/plivo/overflow/next?${query}${tryHard}`
    return stepXml(step, { next, recorded: `${base}/plivo/overflow/recorded?${query}` })
  }

  /** Plivo is asked for no more status callbacks about streams of this organization. */
  endStatusCallbacks(organization: string): void {
    this.#withoutStatus.add(organization)
  }

  /** A stream for the call; when it has ended, Plivo asks what next. */
  #stream(call: CarrierCall, base: string): XmlElement[] {
    const { agent, facts, audio } = call
    const ticket = this.#tickets.mint({
      organization: agent.organization,
      agent: agent.name,
      callId: facts.callId,
      firstUseBefore: this.#clock.now() + firstStreamMs,
    })
    return [
      stream({
        url: `${toSocketUrl(base)}/ws/plivo/${ticket}?serviceHost=${encodeURIComponent(serviceHost(agent))}`,
        bidirectional: true,
        keepCallAlive: true,
        contentType: streamContentType(audio.encoding, audio.sampleRateHz),
        statusCallbackUrl: this.#withoutStatus.has(agent.organization) ? undefined : `${base}/plivo/stream-status`,
      }),
      redirect({ url: nextUrl(call, base) }),
    ]
  }
}

interface OverflowPlace {
  readonly agent: Pick<Agent, 'name' | 'organization'>
  readonly base: string
}

function stepXml(step: Exclude<Step, { type: 'stream' }>, urls: DetourUrls): string {
  switch (step.type) {
    case 'detour':
      return detourXml(step.plan, urls)
    case 'say':
      return response(speak({ text: step.text }), hangup())
    case 'apologise':
      return response(speak({ text: farewells.failed }), hangup())
    case 'hang-up':
      return response(hangup())
  }
}

/** In the background, from here to the call's end; it needs no credentials. */
function recordWhole(call: CarrierCall, base: string): XmlElement[] {
  const { recording } = call.agent
  if (!recording) return []
  const { format, channels } = recording
  return [
    record({
      recordSession: true,
      redirect: false,
      maxLengthSeconds: longestCallSeconds,
      fileFormat: format,
      recordChannelType: channels,
      callbackUrl: eventUrl('call-recorded', call, base),
    }),
  ]
}

/** Names the agent for a node that was started anew meanwhile, and knows the call only by what was kept of it. */
const nextUrl = (call: CarrierCall, base: string) =>
  `${eventUrl('next', call, base)}?serviceHost=${encodeURIComponent(serviceHost(call.agent))}${tryHard}`

const eventUrl = (event: string, { facts, offer }: CarrierCall, base: string) =>
  `${base}/plivo/${event}/${encodeURIComponent(facts.callId)}/${offer}`

import type { Clock } from '../lib/clock.ts'
import { hangup, redirect, response, speak, stream, streamContentType } from '../plivo/index.ts'
import { serviceHost } from '../sessions/agent.ts'
import { type CarrierCall, firstStreamMs } from '../sessions/call-registry.ts'
import { toSocketUrl } from './public-url.ts'
import type { TicketOffice } from './ticket.ts'

/** The redirect behind a stream is how the call goes on: Plivo is asked to try hard (fragment settings, C-1). */
const tryHard = '#rc=5&rp=all&tt=55000'

const sentences = {
  full: 'We are sorry, all our lines are busy. Please call again in a little while.',
  failed: 'We are sorry, something went wrong. Please call again.',
}

/** The XML documents that the node answers with. */
export class Answers {
  readonly #tickets: TicketOffice
  readonly #clock: Clock

  constructor({ tickets, clock }: { tickets: TicketOffice; clock: Clock }) {
    this.#tickets = tickets
    this.#clock = clock
  }

  /** Opens a stream for the call, and asks what next when it has ended. */
  stream(call: CarrierCall, base: string): string {
    const { agent, facts, audio } = call
    const ticket = this.#tickets.mint({
      organization: agent.organization,
      agent: agent.name,
      callId: facts.callId,
      firstUseBefore: this.#clock.now() + firstStreamMs,
    })
    return response(
      stream({
        url: `${toSocketUrl(base)}/ws/plivo/${ticket}?serviceHost=${encodeURIComponent(serviceHost(agent))}`,
        bidirectional: true,
        keepCallAlive: true,
        contentType: streamContentType(audio.encoding, audio.sampleRateHz),
        statusCallbackUrl: `${base}/plivo/stream-status`,
      }),
      redirect({ url: `${base}/plivo/next/${encodeURIComponent(facts.callId)}/${call.offer}${tryHard}` }),
    )
  }

  hangUp(): string {
    return response(hangup())
  }

  /** Says that there is no line free, then hangs up. */
  full(): string {
    return response(speak({ text: sentences.full }), hangup())
  }

  /** Says that something went wrong, then hangs up. */
  apologise(): string {
    return response(speak({ text: sentences.failed }), hangup())
  }
}

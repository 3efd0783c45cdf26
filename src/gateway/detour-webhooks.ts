import type { Hono } from 'hono'
import { melody } from '../audio/melody.ts'
import { encodeWav } from '../audio/wav.ts'
import { parseDialEvent } from '../plivo/index.ts'
import type { CarrierCall } from '../sessions/carrier/carrier-call.ts'
import type { Answers } from './answer.ts'
import { cameBack, recordedIn } from './came-back.ts'
import { musicXml, whisperXml } from './detour-xml.ts'
import type { PlivoRequest } from './plivo-request.ts'
import { Revival, type RevivalOptions } from './revival.ts'
import { type WebContext, type WebhookEnv, type WebhookGuard, xml } from './webhook-guard.ts'

interface DetourWebhookOptions extends RevivalOptions {
  readonly answers: Answers
  readonly guard: WebhookGuard
  /** Agents are still coming up. Default: they are there. */
  readonly isStarting?: (() => boolean) | undefined
}

/** What Plivo asks and tells while it has the caller elsewhere, and when it brings the caller back. */
export function addDetourWebhooks(app: Hono<WebhookEnv>, options: DetourWebhookOptions): void {
  const { calls, answers, guard, isStarting, log } = options
  const methods = ['GET', 'POST']

  /** Reads a request about a call that is named in its path. */
  const about = async (
    context: WebContext,
    reply: (call: CarrierCall, request: PlivoRequest) => Response,
  ): Promise<Response> => {
    const call = calls.find(context.req.param('callId') ?? '')
    const request = await guard.read(context)
    const refusal = guard.refuse(context, request, call?.agent)
    if (refusal) return refusal
    return call ? reply(call, request) : xml(context, answers.hangUp())
  }

  const revival = new Revival(options)

  app.on(methods, '/plivo/next/:callId/:offer', async (context) => {
    const { callId, offer: number } = context.req.param()
    const offer = Number(number)
    const request = await guard.read(context)
    const agent = calls.find(callId)?.agent ?? (await revival.agentOf(request))
    const refusal = guard.refuse(context, request, agent)
    if (refusal) return refusal
    if (!agent && isStarting?.() === true)
      return context.json({ error: 'the node is starting' }, 503, { 'retry-after': '5' })
    const came = cameBack(request.params)
    if (agent && !calls.find(callId)) {
      const verified = request.signatureFor(agent.organization) === 'valid'
      const revived = await revival.revive(agent, { callId, offer, came, verified })
      if (revived?.type === 'full') {
        const gets = calls.overflow.refuse({ callId }, agent)
        return xml(context, answers.overflow(gets, { agent, base: request.base, isAnswered: true }))
      }
    }
    const call = calls.find(callId)
    if (!call) return xml(context, answers.hangUp())
    const step = calls.next(callId, offer, came)
    log.info({ call: callId, step: step.type }, 'what next')
    return xml(context, answers.step(step, call, request.base))
  })

  app.on(methods, '/plivo/dial-event/:callId/:offer', (context) =>
    about(context, (call, { params }) => {
      const event = parseDialEvent(params)
      if (event.ok && event.value.action === 'answer') call.session.detour?.dialEvent('picked-up')
      if (event.ok && event.value.action === 'connected') call.session.detour?.dialEvent('connected')
      return context.body('', 200)
    }),
  )

  app.on(methods, '/plivo/whisper/:callId/:offer', (context) =>
    about(context, (call) => {
      const plan = call.session.detour?.plan
      const announce = plan?.type === 'dial' ? plan.announce : undefined
      return xml(context, announce === undefined ? answers.hangUp() : whisperXml(announce))
    }),
  )

  // The same for every call, and nobody's secret.
  app.on(methods, '/plivo/music', async (context) => {
    const { base } = await guard.read(context)
    return xml(context, musicXml(`${base}/plivo/music.wav`))
  })
  app.get('/plivo/music.wav', (context) => context.body(musicFile(), 200, { 'content-type': 'audio/wav' }))

  const parts = { recorded: 'detour', 'call-recorded': 'call' } as const
  for (const [path, of] of Object.entries(parts))
    app.on(methods, `/plivo/${path}/:callId/:offer`, (context) =>
      about(context, (call, { params }) => {
        const recorded = recordedIn(params)
        if (recorded) calls.recorded(call, recorded, of)
        return context.body('', 200)
      }),
    )
}

const musicHz = 8000

const musicFile = (): Uint8Array<ArrayBuffer> => {
  const notes = melody(musicHz)
  const samples = new Int16Array(notes.reduce((length, note) => length + note.length, 0))
  let at = 0
  for (const note of notes) {
    samples.set(note, at)
    at += note.length
  }
  return new Uint8Array(encodeWav([samples], musicHz))
}

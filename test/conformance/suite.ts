import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Customer, type CustomerStream, type SeenWebhook } from './customer.ts'
import { askRest, type PlivoUnderTest, signatureOf } from './plivo-under-test.ts'

const streamDocument = `<Response>
  <Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000" extraHeaders="tenant=acme"
    statusCallbackUrl="BASE/status">WSBASE/stream?t=9&amp;a=1</Stream>
  <Redirect>BASE/after</Redirect>
</Response>`
const documents = {
  '/stream-answer': streamDocument,
  '/after': '<Response><Hangup/></Response>',
  '/wait': '<Response><Wait length="60"/></Response>',
  '/moved': '<Response><Wait length="60"/></Response>',
  '/broken': '<Response><Wait></Response>',
}
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What the Plivo reference says of calls, webhooks, streams and the REST API: true of the simulator, and of Plivo. */
export function conformanceSuite(name: string, open: () => Promise<PlivoUnderTest>): void {
  describe(`conformance of ${name}`, () => {
    let plivo: PlivoUnderTest
    let customer: Customer
    beforeAll(async () => {
      plivo = await open()
      customer = await Customer.start(documents, plivo)
    })
    afterAll(async () => {
      await customer[Symbol.asyncDispose]()
      await plivo[Symbol.asyncDispose]()
    })

    /** Calls, and returns the UUID. */
    const place = async (answer: string, more: object = {}): Promise<string> => {
      const { from, to, publicUrl } = plivo
      const urls = { answer_url: `${publicUrl}${answer}`, hangup_url: `${publicUrl}/hangup` }
      const { status, json } = await askRest(plivo, 'POST', 'Call/', { from, to, ...urls, ...more })
      expect(status).toBe(201)
      expect(json).toMatchObject({ request_uuid: expect.stringMatching(uuid), api_id: expect.stringMatching(uuid) })
      return String(json['request_uuid'])
    }
    const eventually = <T>(read: () => T) => expect.poll(read, { timeout: plivo.patienceMs, interval: 50 })
    const about = (callUuid: string, path: string) =>
      customer.to(path).filter(({ params }) => params['CallUUID'] === callUuid)
    const webhook = async (callUuid: string, path: string): Promise<SeenWebhook> => {
      await eventually(() => about(callUuid, path).length).toBeGreaterThan(0)
      const [first] = about(callUuid, path)
      if (!first) throw new Error('the webhook went away')
      return first
    }
    const streamOf = async (callUuid: string): Promise<CustomerStream> => {
      const find = () => customer.streams.find(({ messages }) => messages[0]?.start?.callId === callUuid)
      await eventually(find).toBeDefined()
      const stream = find()
      if (!stream) throw new Error('the stream went away')
      return stream
    }
    const signed = ({ method, url, headers, params }: Omit<SeenWebhook, 'path' | 'body'>, base: string) => {
      const nonce = String(headers['x-plivo-signature-v3-nonce'])
      const signature = signatureOf({ method, url: base + url, params, nonce }, plivo.authToken)
      return String(headers['x-plivo-signature-v3']).split(',').includes(signature)
    }
    const hangUp = (callUuid: string) => askRest(plivo, 'DELETE', `Call/${callUuid}/`)

    test('an outbound call rings, asks for XML and tells of its end, with one id and signed webhooks', async () => {
      const callUuid = await place('/after', { ring_url: `${plivo.publicUrl}/ring` })
      const ring = await webhook(callUuid, '/ring')
      const answer = await webhook(callUuid, '/after')
      const end = await webhook(callUuid, '/hangup')
      const common = { CallUUID: callUuid, RequestUUID: callUuid, Direction: 'outbound', To: plivo.to }
      expect(ring.params).toMatchObject({ ...common, Event: 'Ring', CallStatus: 'ringing' })
      expect(answer.params).toMatchObject({ ...common, Event: 'StartApp', CallStatus: 'in-progress' })
      const ended = { HangupCause: 'NORMAL_CLEARING', HangupCauseCode: '4000', HangupSource: 'Answer XML' }
      expect(end.params).toMatchObject({ ...common, ...ended, Event: 'Hangup', CallStatus: 'completed' })
      for (const seen of [ring, answer, end]) {
        expect(seen.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
        expect(signed(seen, plivo.publicUrl)).toBe(true)
      }
    })

    test('a GET has its parameters in the query, and is signed with them', async () => {
      const callUuid = await place('/after', { answer_method: 'GET' })
      const answer = await webhook(callUuid, '/after')
      expect(answer.method).toBe('GET')
      expect(signed(answer, plivo.publicUrl)).toBe(true)
      await webhook(callUuid, '/hangup')
    })

    test('a stream begins with start, has frames of 20 ms, and the call goes on when its server closes it', async () => {
      const callUuid = await place('/stream-answer')
      const stream = await streamOf(callUuid)
      await eventually(() => stream.messages.length).toBeGreaterThan(50)
      const [start, ...others] = stream.messages
      expect(start).toMatchObject({
        event: 'start',
        sequenceNumber: expect.any(Number),
        start: {
          streamId: expect.stringMatching(uuid),
          accountId: plivo.authId,
          tracks: ['inbound'],
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000 },
        },
        extra_headers: 'tenant=acme',
      })
      const first = start?.sequenceNumber ?? 0
      expect(stream.messages.map(({ sequenceNumber }) => sequenceNumber - first)).toEqual(
        stream.messages.map((_, i) => i),
      )
      const media = others.flatMap(({ media }) => media ?? [])
      expect(media.map(({ chunk }) => chunk)).toEqual(media.map((_, i) => i + 1))
      for (const { payload, timestamp, track } of media) {
        expect(Buffer.from(payload, 'base64')).toHaveLength(160)
        expect([typeof timestamp, track]).toEqual(['string', 'inbound'])
      }
      for (const { streamId } of others) expect(streamId).toBe(start?.start?.streamId)
      if (plivo.capabilities.farEndSpeaks) {
        const sounds = () => stream.messages.some(({ media }) => media && isLoud(Buffer.from(media.payload, 'base64')))
        await eventually(sounds).toBe(true)
      }
      stream.socket.close(1000)
      expect((await webhook(callUuid, '/after')).params).toMatchObject({ CallStatus: 'in-progress' })
      await webhook(callUuid, '/hangup')
      expect((await webhook(callUuid, '/status')).params).toMatchObject({ StreamID: start?.start?.streamId })
    })

    test('the upgrade of a stream is signed in one of the forms that are known', async () => {
      const callUuid = await place('/stream-answer')
      const { url, headers, socket } = await streamOf(callUuid)
      const { host } = new URL(plivo.publicUrl)
      const forms = ['http', 'https', 'ws', 'wss'].flatMap((scheme) =>
        [url, url.split('?')[0] ?? ''].map((path) => ({ base: `${scheme}://${host}`, path })),
      )
      const request = { method: 'GET', headers, params: {} }
      expect(forms.filter(({ base, path }) => signed({ ...request, url: path }, base)).length).toBeGreaterThan(0)
      socket.close(1000)
      await webhook(callUuid, '/hangup')
    })

    test('checkpoints are told when they are reached, and clearAudio drops those that are not', async () => {
      const callUuid = await place('/stream-answer')
      const { socket, messages } = await streamOf(callUuid)
      const streamId = messages[0]?.start?.streamId
      const send = (message: object) => socket.send(JSON.stringify(message))
      const media = { contentType: 'audio/x-mulaw', sampleRate: 8000 }
      const play = (ms: number) =>
        send({ event: 'playAudio', media: { ...media, payload: Buffer.alloc(ms * 8, 0xff).toString('base64') } })
      const mark = (name: string) => send({ event: 'checkpoint', streamId, name })
      play(200)
      mark('first')
      play(100)
      mark('second')
      const told = () => messages.flatMap(({ event, name }) => (event === 'playedStream' ? [name] : []))
      await eventually(told).toEqual(['first', 'second'])
      play(1500)
      mark('dropped')
      send({ event: 'clearAudio', streamId })
      await eventually(() => messages.some(({ event }) => event === 'clearedAudio')).toBe(true)
      play(100)
      mark('third')
      await eventually(told).toEqual(['first', 'second', 'third'])
      socket.close(1000)
      await webhook(callUuid, '/hangup')
    })

    test('a call is live until it is hung up, and has a record only afterwards', async () => {
      const callUuid = await place('/wait')
      await webhook(callUuid, '/wait')
      const live = () => askRest(plivo, 'GET', `Call/${callUuid}/?status=live`)
      await eventually(async () => (await live()).json['call_status']).toBe('in-progress')
      expect((await askRest(plivo, 'GET', `Call/${callUuid}/`)).status).toBe(404)
      expect((await hangUp(callUuid)).status).toBe(204)
      expect((await webhook(callUuid, '/hangup')).params).toMatchObject({ HangupSource: 'API Request' })
      expect((await hangUp(callUuid)).status).toBe(404)
      expect((await live()).status).toBe(404)
      await eventually(async () => (await askRest(plivo, 'GET', `Call/${callUuid}/`)).status).toBe(200)
      const { json } = await askRest(plivo, 'GET', `Call/${callUuid}/`)
      expect(json).toMatchObject({ call_uuid: callUuid, call_state: 'ANSWER', call_direction: 'outbound' })
    })

    test('a transfer asks for other XML, in the same call', async () => {
      const callUuid = await place('/wait')
      await webhook(callUuid, '/wait')
      await eventually(async () => {
        const body = { legs: 'aleg', aleg_url: `${plivo.publicUrl}/moved` }
        return (await askRest(plivo, 'POST', `Call/${callUuid}/`, body)).status
      }).toBe(202)
      await webhook(callUuid, '/moved')
      await hangUp(callUuid)
      await webhook(callUuid, '/hangup')
    })

    test('XML that is none ends the call with 8011', async () => {
      const callUuid = await place('/broken')
      const { params } = await webhook(callUuid, '/hangup')
      expect(params).toMatchObject({ HangupCauseCode: '8011', HangupSource: 'Error' })
    })

    test('requests without a field, without a call, or of nobody are refused', async () => {
      const { from, to } = plivo
      const incomplete = await askRest(plivo, 'POST', 'Call/', { from, to })
      expect(incomplete).toMatchObject({ status: 400, json: { error: expect.stringMatching(/answer_url/) } })
      const unknown = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
      expect(await askRest(plivo, 'POST', `Call/${unknown}/Speak/`, { text: 'Hi' })).toMatchObject({ status: 404 })
      const nobody = await fetch(`${plivo.restUrl}/Call/`, { headers: { authorization: `Basic ${btoa('MA:no')}` } })
      expect(nobody.status).toBe(401)
    })
  })
}

/** In mu-law, silence is near 0xff and 0x7f. */
const isLoud = (bytes: Buffer): boolean => bytes.some((byte) => (~byte & 0x7f) > 0x40)

/** The elements of call control: built as the official SDK builds them, run by the simulator, and their webhooks read. */
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import {
  dial,
  dtmf,
  getDigits,
  hangup,
  parseDialEvent,
  parseDialResult,
  parseRecordResult,
  play,
  preAnswer,
  record,
  redirect,
  response,
  speak,
  wait,
  type XmlElement,
} from '../src/plivo/index.ts'
import type { Parsed } from '../src/lib/parsed.ts'
import { PhoneBook, type PhoneBehaviour } from '../src/simulator/index.ts'
import { defaultAssumptions } from '../src/simulator/assumptions.ts'
import { documentProblem } from '../src/simulator/elements/table.ts'
import { parseDocument } from '../src/simulator/xml-document.ts'
import { call, find, TestServer, type SeenRequest } from './simulator-support.ts'
import { patience } from './support/patience.ts'

type Fields = Readonly<Record<string, unknown>>
type Add = (...args: readonly (string | Fields)[]) => SdkElement
type SdkElement = Readonly<
  Record<
    | `add${'Dial' | 'Number' | 'User' | 'GetDigits' | 'Speak' | 'Play' | 'Wait' | 'DTMF' | 'PreAnswer'}`
    | `add${'Break' | 'Emphasis' | 'Lang' | 'P' | 'Phoneme' | 'Prosody' | 'S' | 'SayAs' | 'Sub' | 'W'}`,
    Add
  >
> & { readonly toXML: () => string }

const sdk: { readonly Response: () => SdkElement } = createRequire(import.meta.url)('plivo')
const url = 'https://voice.example.com/x?a=1&b=2'

/** As the simulator's strict parser sees it. */
const parsedDocument = (document: string) => {
  const elements = parseDocument(Buffer.from(document))
  if (!elements.ok) throw new Error(`${elements.field} ${elements.problem}`)
  return elements.value
}

const dialed = { to: '14155550123', sendDigits: '1w2', sendOnPreanswer: true, callerId: '1', callerName: 'Ada' }

test.each<[string, XmlElement, (document: SdkElement) => void]>([
  [
    'Dial',
    dial({
      to: [dialed, { to: 'sip:desk@phone.example.com', sipHeaders: { Tenant: 'acme' } }],
      action: url,
      method: 'GET',
      redirect: false,
      timeoutSeconds: 25,
      timeLimitSeconds: 600,
      callerId: '14155550199',
      callerName: 'Front Desk',
      hangupOnStar: true,
      dialMusic: 'real',
      confirmSound: url,
      confirmKey: '1',
      confirmTimeoutSeconds: 8,
      callbackUrl: url,
      callbackMethod: 'POST',
      digitsMatch: ['1', '23'],
      digitsMatchBLeg: ['*9'],
      sipHeaders: { k: 'v', k2: 'v2' },
    }),
    (document) => {
      const element = document.addDial({
        action: url,
        method: 'GET',
        redirect: false,
        timeout: 25,
        timeLimit: 600,
        callerId: '14155550199',
        callerName: 'Front Desk',
        hangupOnStar: true,
        dialMusic: 'real',
        confirmSound: url,
        confirmKey: '1',
        confirmTimeout: 8,
        callbackUrl: url,
        callbackMethod: 'POST',
        digitsMatch: '1,23',
        digitsMatchBLeg: '*9',
        sipHeaders: 'k=v,k2=v2',
      })
      const { to, ...attributes } = dialed
      element.addNumber(to, attributes)
      element.addUser('sip:desk@phone.example.com', { sipHeaders: 'Tenant=acme' })
    },
  ],
  [
    'GetDigits',
    getDigits({
      action: url,
      method: 'GET',
      redirect: true,
      prompt: [speak({ text: 'Press 1.' }), play({ url }), wait({ lengthSeconds: 1 })],
      numDigits: 4,
      timeoutSeconds: 7,
      digitTimeoutSeconds: 3,
      finishOnKey: 'none',
      retries: 2,
      playBeep: true,
      validDigits: '123',
      invalidDigitsSound: url,
      log: false,
    }),
    (document) => {
      const element = document.addGetDigits({
        action: url,
        method: 'GET',
        redirect: true,
        numDigits: 4,
        timeout: 7,
        digitTimeout: 3,
        finishOnKey: 'none',
        retries: 2,
        playBeep: true,
        validDigits: '123',
        invalidDigitsSound: url,
        log: false,
      })
      element.addSpeak('Press 1.', {})
      element.addPlay(url, {})
      element.addWait({ length: 1 })
    },
  ],
  ['DTMF', dtmf({ digits: '1w2W#', async: false }), (document) => document.addDTMF('1w2W#', { async: false })],
  [
    'PreAnswer',
    preAnswer(speak({ text: 'One moment' }), play({ url, loop: 2 })),
    (document) => {
      const element = document.addPreAnswer()
      element.addSpeak('One moment', {})
      element.addPlay(url, { loop: 2 })
    },
  ],
  [
    'Speak with SSML',
    speak({
      voice: 'Polly.Joanna',
      language: 'en-US',
      ssml: true,
      text:
        '<break strength="weak" time="1s"/><emphasis level="strong">a</emphasis><lang xml:lang="fr-FR">b</lang><p>c &amp; d</p>' +
        '<phoneme alphabet="ipa" ph="e">e</phoneme><prosody pitch="low" rate="slow" volume="loud">f<s>g</s></prosody>' +
        '<say-as interpret-as="date" format="mdy">h</say-as><sub alias="i">j</sub><w role="k">l</w>',
    }),
    (document) => {
      const element = document.addSpeak('', { voice: 'Polly.Joanna', language: 'en-US' })
      element.addBreak({ strength: 'weak', time: '1s' })
      element.addEmphasis('a', { level: 'strong' })
      element.addLang('b', { 'xml:lang': 'fr-FR' })
      element.addP('c & d')
      element.addPhoneme('e', { alphabet: 'ipa', ph: 'e' })
      element.addProsody('f', { pitch: 'low', rate: 'slow', volume: 'loud' }).addS('g')
      element.addSayAs('h', { 'interpret-as': 'date', format: 'mdy' })
      element.addSub('j', { alias: 'i' })
      element.addW('l', { role: 'k' })
    },
  ],
])('%s is what the official SDK builds, and valid for the simulator', (_name, element, build) => {
  const theirs = sdk.Response()
  build(theirs)
  const ours = parsedDocument(response(element))
  expect(ours).toEqual(parsedDocument(theirs.toXML()))
  expect(documentProblem(ours, defaultAssumptions)).toBeUndefined()
})

const desk = '14155550123'
const assumptions = { ringAfterMs: 10, speech: 'tones' } as const

/** A server that answers with documents of ours. */
const start = (routes: Readonly<Record<string, (host: string) => string>>) => {
  const handlers = Object.entries(routes).map(([path, document]) => [path, () => ({ body: document('HOST') })])
  return TestServer.start({ routes: Object.fromEntries(handlers) })
}

const readAll = <T>(requests: readonly SeenRequest[], parse: (params: URLSearchParams) => Parsed<T>): readonly T[] =>
  requests.map(({ params }) => {
    const result = parse(new URLSearchParams(params))
    if (!result.ok) throw new Error(`${result.field} ${result.problem}`)
    return result.value
  })

const dialing = () =>
  start({
    '/answer': (host) =>
      response(
        dial({
          to: [desk, { to: 'sip:desk@phone.example.com', sipHeaders: { Tenant: 'acme' } }],
          action: `http://${host}/after`,
          callbackUrl: `http://${host}/event`,
          timeoutSeconds: 1,
          digitsMatchBLeg: ['12'],
        }),
      ),
    '/after': () => response(hangup()),
  })

test('a connection that we ask for tells us all that became of it', async () => {
  await using server = await dialing()
  const script: PhoneBehaviour = {
    answers: 20,
    script: [{ do: 'wait', ms: 100 }, { do: 'press', digits: '12' }, { do: 'wait', ms: 100 }, { do: 'hang-up' }],
  }
  const phones = new PhoneBook({ [desk]: script, 'sip:desk@phone.example.com': { noAnswer: true } })
  const simulated = call(server, { phones, assumptions })
  await simulated.ended
  const bLegUuid = find(simulated.timeline, 'leg-bridged')[0]?.callUuid
  await expect.poll(() => server.requestsTo('/event').length, patience).toBeGreaterThanOrEqual(4)
  expect(readAll(server.requestsTo('/after'), parseDialResult)).toEqual([
    {
      callUuid: simulated.callUuid,
      status: 'completed',
      dialStatus: 'completed',
      rang: true,
      hangupCause: 'NORMAL_CLEARING',
      aLegUuid: simulated.callUuid,
      bLegUuid,
    },
  ])
  const events = readAll(server.requestsTo('/event'), parseDialEvent).filter((event) => event.bLegUuid === bLegUuid)
  expect(new Set(events.map(({ action }) => action))).toEqual(new Set(['answer', 'connected', 'digits', 'hangup']))
  expect(events.find(({ action }) => action === 'digits')).toMatchObject({ digits: '12', pressedBy: 'bleg' })
  expect(events.find(({ action }) => action === 'hangup')).toMatchObject({
    bLegTo: desk,
    bLegHangupCauseCode: 4000,
    bLegHangupCauseName: 'Normal Hangup',
    bLegHangupSource: 'Callee',
  })
  const others = readAll(server.requestsTo('/event'), parseDialEvent).filter((event) => event.bLegUuid !== bLegUuid)
  expect(others.every(({ action, bLegHangupCauseCode }) => action === 'hangup' && bLegHangupCauseCode === 9000)).toBe(
    true,
  )
})

test('a connection that nobody answers says so', async () => {
  await using server = await dialing()
  const phones = new PhoneBook({ [desk]: { busy: true }, 'sip:desk@phone.example.com': { busy: true } })
  await call(server, { phones, assumptions }).ended
  expect(readAll(server.requestsTo('/after'), parseDialResult)).toMatchObject([{ status: 'busy', bLegUuid: undefined }])
})

test('a message, its recording and the digits that we ask for arrive', async () => {
  await using server = await start({
    '/answer': (host) =>
      response(
        preAnswer(speak({ text: 'One' })),
        record({
          recordSession: true,
          redirect: false,
          action: `http://${host}/ongoing`,
          callbackUrl: `http://${host}/all`,
        }),
        getDigits({ action: `http://${host}/digits`, prompt: [speak({ text: 'Press' })], numDigits: 2 }),
      ),
    '/digits': (host) =>
      response(
        dtmf({ digits: '5', async: false }),
        record({ action: `http://${host}/message`, playBeep: false, maxLengthSeconds: 5, finishOnKey: '#' }),
      ),
    '/message': (host) => response(redirect({ url: `http://${host}/end` })),
    '/end': () => response(hangup()),
  })
  const simulated = call(server, { assumptions })
  const elements = () => find(simulated.timeline, 'element').map(({ name }) => name)
  await expect.poll(elements, patience).toContain('GetDigits')
  simulated.press('1')
  simulated.press('2')
  await expect.poll(() => elements().filter((name) => name === 'Record').length, patience).toBe(2)
  simulated.press('#')
  await simulated.ended
  expect(server.requestsTo('/digits')[0]?.params).toMatchObject({ Digits: '12' })
  expect(find(simulated.timeline, 'sent-digits')).toMatchObject([{ digits: '5' }])
  const { callUuid } = simulated
  const read = (path: string) => readAll(server.requestsTo(path), parseRecordResult)
  expect(read('/ongoing')).toMatchObject([{ callUuid, ongoing: true, durationMs: undefined, endedAt: undefined }])
  expect(read('/message')).toMatchObject([{ callUuid, ongoing: false, digits: '#', url: expect.any(String) }])
  await expect.poll(() => read('/all').length, patience).toBe(1)
  const [all] = read('/all')
  expect(all).toMatchObject({ ongoing: false, digits: undefined, recordingId: read('/ongoing')[0]?.recordingId })
  expect(all?.durationMs).toBe((all?.endedAt ?? 0) - (all?.startedAt ?? 0))
})

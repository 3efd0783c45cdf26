import { mkdtempDisposable, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { goertzel, tone } from '../src/audio/tone.ts'
import type { CallerAction, DialOptions, TimelineEvent } from '../src/simulator/index.ts'
import { synthesise } from '../src/simulator/synthesis.ts'
import { call, find, TestServer, types, xml } from './simulator-support.ts'

const tones = { speech: 'tones' } as const

const run = async (elements: string, options: Partial<DialOptions> = {}, routes = {}) => {
  const server = await TestServer.start({
    routes: { '/answer': () => xml(elements), '/action': () => xml('<Hangup/>'), ...routes },
  })
  const simulated = call(server, { assumptions: tones, ...options })
  return {
    server,
    simulated,
    result: await simulated.ended,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const warnings = (timeline: readonly TimelineEvent[]) =>
  find(timeline, 'warning')
    .map(({ text }) => text)
    .join('\n')
const press = (digits: string, afterMs = 100): CallerAction[] => [
  { do: 'wait', ms: afterMs },
  { do: 'press', digits },
]

const sample = { text: 'yes', voice: 'MAN', language: 'en-US' }
const hasEspeak = (await synthesise(sample, new AbortController().signal)) !== undefined

describe('GetDigits', () => {
  const prompt = '<Speak>Please press one for sales and two for support</Speak>'

  test('is interrupted by a key, and ends at numDigits', async () => {
    await using work = await run(`<GetDigits action="http://HOST/action" numDigits="1">${prompt}</GetDigits>`, {
      caller: press('2'),
    })
    expect(work.server.requestsTo('/action')[0]?.params).toMatchObject({ Event: 'Redirect', Digits: '2' })
    expect(work.result.durationMs).toBeLessThan(3000)
  })

  test('ends at finishOnKey, which it leaves out', async () => {
    await using work = await run('<GetDigits action="http://HOST/action"/>', { caller: press('42#', 0) })
    expect(work.server.requestsTo('/action')[0]?.params['Digits']).toBe('42')
  })

  test('ends when the next key does not come', async () => {
    await using work = await run('<GetDigits action="http://HOST/action" digitTimeout="1"/>', { caller: press('7', 0) })
    expect(work.server.requestsTo('/action')[0]?.params['Digits']).toBe('7')
    expect(work.result.durationMs).toBeGreaterThan(990)
  })

  test('asks again as often as it may, then goes on', async () => {
    await using work = await run(
      '<GetDigits timeout="1" retries="2" action="http://HOST/action"><Speak>x</Speak></GetDigits>',
    )
    expect(work.server.requestsTo('/action')).toEqual([])
    expect(work.result.hangup.code).toBe(4010)
    expect(work.result.durationMs).toBeGreaterThan(2000)
    expect(find(work.simulated.timeline, 'element').map(({ name }) => name)).toEqual(['GetDigits', 'Speak', 'Speak'])
  })

  test('asks once more, where retries do not count the first try', async () => {
    await using work = await run('<GetDigits timeout="1"><Speak>x</Speak></GetDigits>', {
      assumptions: { ...tones, retriesCountFirstTry: false },
    })
    expect(find(work.simulated.timeline, 'element').map(({ name }) => name)).toEqual(['GetDigits', 'Speak', 'Speak'])
  })

  test('with redirect="false" tells its action, and the next element runs', async () => {
    await using work = await run('<GetDigits numDigits="1" redirect="false" action="http://HOST/action"/><Wait/>', {
      caller: press('1', 0),
    })
    expect(work.server.requestsTo('/action')[0]?.params['Digits']).toBe('1')
    expect(work.result.hangup.code).toBe(4010)
  })

  test('plays invalidDigitsSound at a key that does not count', async () => {
    const beep =
      '<GetDigits numDigits="1" validDigits="1" invalidDigitsSound="http://HOST/no.wav" action="http://HOST/action"/>'
    await using work = await run(beep, { caller: press('9', 0) })
    expect(work.server.requestsTo('/no.wav')).toHaveLength(1)
    expect(work.server.requestsTo('/action')).toEqual([])
  })
})

describe('GetInput', () => {
  test('takes the words of the script for recognised speech, and tells of them in between', async () => {
    const attributes = 'inputType="speech" speechEndTimeout="2" interimSpeechResultsCallback="http://HOST/interim"'
    await using work = await run(
      `<GetInput action="http://HOST/action" ${attributes}><Speak>How can I help</Speak></GetInput>`,
      {
        caller: [
          { do: 'wait', ms: 100 },
          { do: 'say-text', text: 'my bill please' },
        ],
      },
    )
    expect(work.server.requestsTo('/action')[0]?.params).toMatchObject({
      InputType: 'speech',
      Speech: 'my bill please',
      Digits: '',
      SpeechConfidenceScore: '0.9',
    })
    expect(work.server.requestsTo('/interim')[0]?.params).toMatchObject({
      StableSpeech: 'my bill please',
      SequenceNumber: '0',
    })
  })

  test('takes keys, where those come first', async () => {
    await using work = await run('<GetInput action="http://HOST/action" inputType="dtmf speech" numDigits="2"/>', {
      caller: press('12', 0),
    })
    expect(work.server.requestsTo('/action')[0]?.params).toMatchObject({ InputType: 'dtmf', Digits: '12', Speech: '' })
  })

  test('without an action is invalid', async () => {
    await using work = await run('<GetInput/>')
    expect(work.result.hangup.code).toBe(8011)
  })
})

test('an element that cannot be run is skipped, where that is assumed', async () => {
  const elements = '<GetInput/><DTMF>x</DTMF><Dial><Speak>no</Speak></Dial><Message>no</Message>'
  await using work = await run(elements, { assumptions: { ...tones, invalidElement: 'skip' } })
  expect(work.result.hangup.code).toBe(4010)
  expect(warnings(work.simulated.timeline).split('\n')).toHaveLength(4)
})

describe('Speak', () => {
  test.runIf(hasEspeak)('is speech where espeak-ng is installed, and no two texts sound alike', async () => {
    const lengths = []
    for (const text of ['Yes', 'This is a much longer sentence']) {
      await using work = await run(`<Speak language="en-GB" voice="MAN">${text}</Speak>`, { assumptions: {} })
      expect(warnings(work.simulated.timeline)).toBe('')
      lengths.push(work.result.heard.samples.filter((sample) => Math.abs(sample) > 500).length)
    }
    expect(lengths[0]).toBeGreaterThan(500)
    expect(lengths[1]).toBeGreaterThan(2 * (lengths[0] ?? 0))
  })

  test.each([
    ['voice="ROBOT"', 8011],
    ['voice="WOMAN" language="ja-JP"', 8011],
    ['voice="Polly.Mizuki" language="ja-JP"', 4010],
  ])('%s ends in %i', async (attributes, code) => {
    await using work = await run(`<Speak ${attributes}>.</Speak>`)
    expect(work.result.hangup.code).toBe(code)
  })

  test('in a language that its voice has not is spoken, where that is assumed', async () => {
    await using work = await run('<Speak language="ja-JP">.</Speak>', {
      assumptions: { ...tones, unsupportedVoice: 'default' },
    })
    expect(work.result.hangup.code).toBe(4010)
    expect(warnings(work.simulated.timeline)).toContain('has not the language')
  })
})

describe('Play', () => {
  test('of something that is no audio murmurs, and says so', async () => {
    await using work = await run(
      '<Play>http://HOST/a.mp3</Play>',
      { assumptions: { undecodablePlayMs: 200 } },
      {
        '/a.mp3': () => ({ type: 'audio/mpeg', body: Buffer.from('ID3 and nothing else') }),
      },
    )
    expect(warnings(work.simulated.timeline)).toContain('a murmur of 200 ms is played')
    expect(work.result.heard.samples.some((sample) => Math.abs(sample) > 1000)).toBe(true)
  })
})

describe('PreAnswer', () => {
  test('is heard before the call is answered', async () => {
    await using work = await run('<PreAnswer><Speak>wait</Speak></PreAnswer><Wait length="1"/>')
    expect(
      types(work.simulated.timeline).filter((type) => ['early-media', 'answered', 'element'].includes(type)),
    ).toEqual(['element', 'early-media', 'element', 'answered', 'element'])
    expect(work.result.heard.samples.length / 8 - work.result.durationMs).toBeGreaterThan(200)
  })

  test('may be followed by a refusal', async () => {
    await using work = await run('<PreAnswer><Wait length="1"/></PreAnswer><Hangup reason="busy"/>')
    expect(work.result).toMatchObject({ answered: false, hangup: { code: 3010 } })
  })
})

describe('small elements', () => {
  test('DTMF is heard by the caller', async () => {
    await using work = await run('<DTMF async="false">5</DTMF>')
    expect(goertzel(work.result.heard.samples.subarray(0, 8 * 160), 8000, 770)).toBeGreaterThan(-20)
    await using invalid = await run('<DTMF>five</DTMF>')
    expect(invalid.result.hangup.code).toBe(8011)
  })

  test('Message is noted, and its callback sent, for each number', async () => {
    await using work = await run(
      '<Message src="14155550199" dst="14155550100&lt;14155550101" callbackUrl="http://HOST/sms">Hi</Message>',
    )
    expect(find(work.simulated.timeline, 'message').map(({ to, text }) => [to, text])).toEqual([
      ['14155550100', 'Hi'],
      ['14155550101', 'Hi'],
    ])
    expect(work.server.requestsTo('/sms')).toHaveLength(2)
  })

  test('Wait ends early at a beep', async () => {
    const audio = { samples: tone({ frequencyHz: 1000, durationMs: 400, sampleRateHz: 8000 }), sampleRateHz: 8000 }
    await using work = await run('<Wait length="10" beep="duration=300,threshold=256"/>', {
      caller: [{ do: 'speak', audio }],
    })
    expect(work.result.durationMs).toBeLessThan(5000)
  })

  test('Conference and MultiPartyCall are checked, and told not to be simulated', async () => {
    await using work = await run(
      '<Conference maxMembers="x">room</Conference><MultiPartyCall role="Agent">m</MultiPartyCall>',
    )
    const text = warnings(work.simulated.timeline)
    for (const part of ['maxMembers="x"', 'Conference is not simulated', 'MultiPartyCall is not simulated']) {
      expect(text).toContain(part)
    }
    await using invalid = await run('<MultiPartyCall role="Boss">m</MultiPartyCall>')
    expect(invalid.result.hangup.code).toBe(8011)
  })

  test('Record of MP3 is a WAV file, and says so', async () => {
    await using folder = await mkdtempDisposable(`${tmpdir()}/recordings-`)
    await using work = await run('<Record maxLength="1" playBeep="false" recordChannelType="mono"/>', {
      recordingsFolder: folder.path,
    })
    expect(await readdir(folder.path)).toEqual([expect.stringMatching(/\.wav$/)])
    expect(warnings(work.simulated.timeline)).toContain('recordings are WAV files')
  })
})

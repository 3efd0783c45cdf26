import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import { dial, PhoneBook, type CallerAction, type DialOptions, type SimulatedCall } from '../src/simulator/index.ts'
import { startStreamServer, TestServer, types, watchedClock, xml } from './simulator-support.ts'

const audio = { samples: tone({ frequencyHz: 440, durationMs: 200, sampleRateHz: 8000 }), sampleRateHz: 8000 }
const script: CallerAction[] = [
  { do: 'speak', audio },
  { do: 'say-text', text: 'hello there' },
]
const phones = new PhoneBook({ 1: { answers: 10, script }, 2: { noAnswer: true } })

const longText = 'A rather long sentence that goes on and on. '.repeat(60)

/** Hung up in the middle of it, when the event has come. */
const scenes: {
  readonly name: string
  readonly until: string
  readonly elements: string
  readonly options?: Partial<DialOptions>
}[] = [
  { name: 'speech that is being made', until: 'element', elements: `<Speak loop="0">${longText}</Speak>` },
  { name: 'a prompt', until: 'bot-audio-started', elements: `<GetDigits><Speak>${longText}</Speak></GetDigits>` },
  {
    name: 'an input',
    until: 'caller-speech-started',
    elements: '<GetInput action="http://HOST/a" inputType="speech"/>',
    options: { caller: script },
  },
  {
    name: 'a dialled leg that rings',
    until: 'leg-ringing',
    elements: '<Dial><Number>1</Number><Number>2</Number></Dial>',
  },
  {
    name: 'a bridged leg',
    until: 'leg-bridged',
    elements: '<Dial confirmKey="1"><Number>1</Number></Dial><Dial><Number>1</Number></Dial>',
    options: { assumptions: { confirmTimeoutMs: 1000, ringAfterMs: 10 } },
  },
  {
    name: 'a recording',
    until: 'caller-speech-started',
    elements: '<Record/>',
    options: { caller: [{ do: 'wait', ms: 400 }, ...script] },
  },
  { name: 'early media', until: 'early-media', elements: `<PreAnswer><Speak>${longText}</Speak></PreAnswer>` },
  { name: 'a wait for a beep', until: 'answered', elements: '<Wait length="60" beep="true"/>' },
]

const childrenOf = async (pid: number): Promise<string[]> => {
  const tasks = await readdir(`/proc/${pid}/task`)
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  )
  return lists
    .join(' ')
    .split(' ')
    .filter((child) => child.trim() !== '')
}

const hungUpAt = async (simulated: SimulatedCall, type: string) => {
  await expect.poll(() => types(simulated.timeline)).toContain(type)
  simulated.hangUp()
  return simulated.ended
}

describe('of a call that is hung up in the middle of', () => {
  test.each(scenes)('$name, nothing is left', async ({ elements, until, options }) => {
    const { clock, timers } = watchedClock()
    await using server = await TestServer.start({ routes: { '/answer': () => xml(elements) } })
    const assumptions = { ringAfterMs: 10, ...options?.assumptions }
    const simulated = dial({ answerUrl: `${server.url}/answer`, phones, clock, ...options, assumptions })
    const { hangup } = await hungUpAt(simulated, until)
    expect(hangup.source).toBe('Caller')
    expect(timers.size).toBe(0)
    await expect.poll(() => server.connections()).toBe(0)
    if (process.platform === 'linux') await expect.poll(() => childrenOf(process.pid)).toEqual([])
  })

  test('a stream with faults, nothing is left', async () => {
    const { clock, timers } = watchedClock()
    await using server = await startStreamServer({})
    const faults = {
      media: { jitter: { ms: 100 }, stalls: [{ afterMs: 0, ms: 5000 }] },
      slowReader: [{ afterMs: 0, ms: 5000 }],
      cutSocketAfterMs: 5000,
    }
    const simulated = dial({ answerUrl: `${server.url}/answer`, clock, faults })
    await hungUpAt(simulated, 'stream-started')
    expect(timers.size).toBe(0)
    await expect.poll(() => server.connections()).toBe(0)
  })
})

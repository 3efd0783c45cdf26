/** What stands in docs/testing.md, run. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineBot } from 'offhook'
import { dialBot, dialUrl } from 'offhook/testing'
import { synthesise } from '../src/simulator/synthesis.ts'

const sample = { text: 'hello', voice: 'WOMAN', language: 'en-US' }
const hasEspeak = (await synthesise(sample, new AbortController().signal)) !== undefined

/** A bot of the examples, as a process of its own; gives its answer URL. */
const processes: ChildProcess[] = []
async function start(bot: string): Promise<string> {
  const env = { ...process.env, PORT: '0' }
  const child = spawn(process.execPath, [join('examples/scenarios', bot)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  processes.push(child)
  const [output] = await once(child.stdout, 'data')
  return /http:\S+/.exec(String(output))?.[0] ?? ''
}
afterAll(() => Promise.all(processes.map((child) => (child.kill(), once(child, 'exit')))))

test('every example of the page is here', () => {
  const page = readFileSync('docs/testing.md', 'utf8')
  const here = plain(readFileSync('test/testing-examples.test.ts', 'utf8'))
  const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
  expect(examples.length).toBeGreaterThanOrEqual(5)
  const bodies = examples.map((code) => plain(code.replaceAll(/^(?:import|const answerUrl) .*\n+/gm, '')))
  expect(bodies.filter((body) => !here.includes(body))).toEqual([])
})

/** How far it is indented says nothing. */
const plain = (code: string): string => code.replaceAll(/^ +/gm, '').trim()

test('says the opening hours', async () => {
  await using call = await dialBot('./examples/front-desk.ts')
  await call.hears('./prompts/welcome.wav')
  call.press('1')
  await call.hears('./prompts/hours.wav')
  await call.hearsNothingFor(1000)
  call.press('#')
  await call.hears('./prompts/goodbye.wav')
  const { durationMs } = await call.hangsUpBy('bot')
  expect(durationMs).toBeLessThan(10_000)
})

test('asks for a PIN, and gives up after five seconds', async () => {
  const pins: string[] = []
  const bot = defineBot(async (call) => {
    await call.play('./prompts/menu.wav')
    const { digits, endedBy } = await call.digits({ max: 4, until: '#' })
    pins.push(`${digits} ${endedBy}`)
  })

  await using patient = await dialBot(bot, { folder: 'examples', from: '4930123456', body: { plan: 'gold' } })
  await patient.hears('./prompts/menu.wav')
  patient.press('12#')
  await patient.hangsUpBy('bot')

  await using absent = await dialBot(bot, { folder: 'examples' })
  await absent.hears('./prompts/menu.wav')
  const heardAtMs = absent.nowMs
  await absent.hangsUpBy('bot', { withinMs: 6000 })
  expect(absent.nowMs - heardAtMs).toBeLessThan(5500)

  expect(pins).toEqual(['12 until', ' timeout'])
})

test('nobody answers at the desk, and the caller is told', async () => {
  const bot = defineBot(async (call) => {
    const { outcome } = await call.transfer('14155550123', { ringMs: 20_000 })
    if (outcome !== 'answered') await call.play('./prompts/goodbye.wav')
  })
  await using call = await dialBot(bot, { folder: 'examples', phones: { '14155550123': { noAnswer: true } } })
  await call.isTransferredTo('14155550123', { outcome: 'no-answer', withinMs: 25_000 })
  await call.hears('./prompts/goodbye.wav')
  await call.hangsUpBy('bot')
})

describe('with the plain bot', () => {
  let answerUrl: string
  beforeAll(async () => {
    answerUrl = await start('plain-bot.mjs')
  })

  test('the bot on my machine greets and echoes', async () => {
    await using call = await dialUrl(answerUrl, { authToken: 'my-token' })
    await call.hearsSomething({ withinMs: 10_000 })
    await call.hearsNothingFor(700, { withinMs: 20_000 })
    await call.says('./examples/callers/hello.wav')
    await call.hears('./examples/callers/hello.wav')
    call.hangsUp()
    await call.hangsUpBy('caller')
  }, 60_000)

  test('the bot that calls people up waits for them to speak', async () => {
    await using call = await dialUrl(answerUrl, {
      direction: 'outbound',
      phones: { '14155550100': { answers: 2000 } },
      faults: { seed: 7, media: { jitter: { ms: 40 }, loss: 0.02 } },
    })
    await call.happens('answered')
    await call.hearsSomething()
  })
})

describe.runIf(hasEspeak)('with the receptionist', () => {
  let answerUrl: string
  beforeAll(async () => {
    answerUrl = await start('receptionist.mjs')
  })

  test('the receptionist announces the caller, and the colleague takes the call', async () => {
    await using call = await dialUrl(answerUrl, { phones: { '14155550123': { answers: 500 } } })
    await call.hears({ text: 'One moment please.' })
    const colleague = await call.isAnsweredBy('14155550123')
    await colleague.hears({ text: 'A caller for you. Press one to take the call.' })
    colleague.press('1')
    await call.happens('leg-bridged')
    await Promise.all([call.says('./examples/callers/hello.wav'), colleague.hears('./examples/callers/hello.wav')])
    colleague.hangsUp()
    await call.hangsUpBy('bot')
  })

  test('the receptionist says so when nobody is there', async () => {
    await using call = await dialUrl(answerUrl, { phones: { '14155550123': { busy: true } } })
    await call.hears({ text: 'Nobody is there. Goodbye.' }, { withinMs: 10_000 })
    await call.hangsUpBy('bot')
  })
})

import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { account, startExchange } from './support/exchange.ts'

/** Everything that a process has in its memory, region by region. */
function* memoryOf(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from = '', to = '', rights = ''] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line) ?? []
      if (!rights.startsWith('rw')) continue
      yield* regionOf(memory, Number.parseInt(from, 16), Number.parseInt(to, 16))
    }
  } finally {
    closeSync(memory)
  }
}

const chunkBytes = 1024 * 1024

function* regionOf(memory: number, from: number, to: number): Generator<Buffer> {
  const chunk = Buffer.alloc(chunkBytes)
  for (let at = from; at < to; at += chunkBytes - 256) {
    try {
      const bytes = readSync(memory, chunk, 0, Math.min(chunkBytes, to - at), at)
      if (bytes > 0) yield chunk.subarray(0, bytes)
    } catch {
      // Reserved, and never used.
    }
  }
}

const holds = (pid: number, text: string): boolean => {
  const forms = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]
  for (const chunk of memoryOf(pid)) if (forms.some((form) => chunk.includes(form))) return true
  return false
}

const isLinux = process.platform === 'linux'

describe("a bot's process", () => {
  const bot = `
    globalThis.canary = ['canary', 'of', 'memory'].join('-')
    tell({ pid: process.pid, environment: process.env })
    await call.say('Hello.').catch(() => undefined)
    const recording = await call.record({ format: 'wav' })
    await recording.stop()
    tell('ready')
    for await (const event of call) if (event.type === 'dtmf') return`

  test.runIf(isLinux)(
    'has no credentials of the carrier in its environment, in its memory, or in what it is told',
    async () => {
      await using exchange = await startExchange({ bot })
      const call = exchange.dial()
      await expect.poll(() => exchange.told.at(-1), { timeout: 20_000 }).toBe('ready')
      const [{ pid, environment }] = exchange.told as [{ pid: number; environment: Record<string, string> }]
      const secrets = [account.authToken, Buffer.from(`${account.authId}:${account.authToken}`).toString('base64')]
      const everything = [JSON.stringify(environment), await readFile(`/proc/${pid}/environ`, 'utf8')].join('\n')
      for (const secret of secrets) expect(everything).not.toContain(secret)
      // The search finds what is there: a word that the bot made at run time, and this process's own token.
      expect(holds(pid, 'canary-of-memory')).toBe(true)
      expect(holds(process.pid, account.authToken)).toBe(true)
      for (const secret of secrets) expect(holds(pid, secret)).toBe(false)
      call.press('1')
      await call.ended
    },
  )

  test('that asks for another call is refused, and the log says so', async () => {
    // By hand, past the SDK: frames on the connection to the node, for a call number that is not its own.
    await using exchange = await startExchange({
      bot: `
    const { writeSync } = await import('node:fs')
    const frame = (type, number, text) => {
      const body = Buffer.from(text)
      const head = Buffer.alloc(9)
      head.writeUInt32BE(5 + body.length, 0)
      head.writeUInt8(type, 4)
      head.writeUInt32BE(number, 5)
      writeSync(3, Buffer.concat([head, body]))
    }
    frame(71, 2, JSON.stringify({ id: 1, request: { verb: 'transfer', to: ['14155550123'] } }))
    frame(72, 7, '')
    frame(71, 1, JSON.stringify({ id: 900, request: { verb: 'record', callId: 'of-somebody-else', format: 'mp3' } }))
    frame(71, 1, JSON.stringify({ id: 901, request: { verb: 'stop-recording', url: 'http://127.0.0.1:1/inside', recordingId: 'x', save: true } }))
    await call.play(new Int16Array(4000), { sampleRateHz: 8000 })
    tell('done')`,
    })
    await exchange.dial().ended
    await expect.poll(() => exchange.told).toEqual(['done'])
    const { log } = exchange.node
    const refused = log.all('the bot asked for a call that is not its own; refused')
    expect(refused.map(({ fields }) => [fields['call'], fields['type']])).toEqual([
      [2, 71],
      [7, 72],
    ])
    expect(log.all('a request of the bot was refused')[0]?.fields).toMatchObject({ code: 'not-allowed' })
    expect(log.all('not done for the bot')[0]?.fields).toMatchObject({ verb: 'stop-recording', code: 'not-allowed' })
    expect(exchange.api.seen).toEqual([])
  })
})

import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { capturePrints, currentCall } from './print-capture.ts'

const { stdout, stderr } = process
const write = { stdout: stdout.write.bind(stdout), stderr: stderr.write.bind(stderr) }
let printed: [call: number, stream: string, text: string][]

beforeEach(() => {
  printed = []
  capturePrints((call, stream, text) => printed.push([call, stream, text]))
})
afterEach(() => {
  stdout.write = write.stdout
  stderr.write = write.stderr
})

describe('capturePrints', () => {
  it('takes what is printed, from both streams, as of no call', () => {
    expect(stdout.write('hello\n')).toBe(true)
    stderr.write('oh no\n')
    expect(printed).toEqual([
      [0, 'stdout', 'hello\n'],
      [0, 'stderr', 'oh no\n'],
    ])
  })

  it('knows the call of code that has waited, whatever else ran meanwhile', async () => {
    const call = (number: number) =>
      currentCall.run(number, async () => {
        for (let step = 0; step < 3; step++) {
          stdout.write(`${number}.${step}`)
          await wait(1)
        }
        setImmediate(() => stderr.write(`${number} timer`))
        await wait(1)
      })
    await Promise.all([call(1), call(2)])
    stdout.write('nobody')
    expect(
      printed.filter(([, , text]) => text !== 'nobody').every(([number, , text]) => text.startsWith(`${number}`)),
    ).toBe(true)
    expect(printed.length).toBe(9)
    expect(printed.at(-1)).toEqual([0, 'stdout', 'nobody'])
  })

  it('puts characters together whose bytes come in parts', () => {
    const bytes = Buffer.from('é🙂')
    for (const byte of bytes) stdout.write(Uint8Array.of(byte))
    expect(printed.map(([, , text]) => text).join('')).toBe('é🙂')
  })

  it('calls back whoever waits for the write', async () => {
    await new Promise<void>((resolve) => void stdout.write('a', () => resolve()))
    await new Promise<void>((resolve) => void stdout.write('b', 'utf8', () => resolve()))
    expect(printed.map(([, , text]) => text)).toEqual(['a', 'b'])
  })
})

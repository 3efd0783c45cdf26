import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type Log, silentLog } from './log.ts'

test('pino is a Log: every line of a child carries its fields', () => {
  const lines: unknown[] = []
  const log: Log = pino(
    { base: null, timestamp: false, level: 'debug' },
    { write: (line) => lines.push(JSON.parse(line)) },
  )
  const child = log.child({ call: 'c1' }).child({ agent: 'echo' })
  child.debug({ from: 'ringing' }, 'session state')
  child.warn({}, 'a stream was refused')
  expect(lines).toEqual([
    { level: 20, call: 'c1', agent: 'echo', from: 'ringing', msg: 'session state' },
    { level: 40, call: 'c1', agent: 'echo', msg: 'a stream was refused' },
  ])
})

test('the silent log is a Log whose children are silent too', () => {
  expect(silentLog.child({ call: 'c1' })).toBe(silentLog)
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    expect(silentLog[level]({}, 'nothing')).toBeUndefined()
})

import { pino } from 'pino'
import type { Config } from '../config.ts'
import type { Log } from '../lib/log.ts'
import { openLogOutput } from './log-output.ts'
import { harmless, oneLine, paint } from './terminal.ts'

/** The log of a node: a readable line each for a person who watches, or an object each for programs that collect. */
export function createConsoleLog({ logLevel: level, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Log {
  if (logFormat === 'json') {
    const output = openLogOutput(
      (lines) => `${JSON.stringify({ level: 40, time: new Date(), msg: lossText(lines) })}\n`,
    )
    return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, output)
  }
  const output = openLogOutput((lines) => `${formatLine(JSON.stringify({ level: 40, msg: lossText(lines) }))}\n`)
  return pino({ level, base: null }, { write: (line: string) => output.write(`${formatLine(line)}\n`) })
}

const lossText = (lines: number) => `${lines} lines of this log were left out: nobody read them in time`

const marks: Readonly<Record<number, string>> = { 20: '·', 30: ' ', 40: '!', 50: '✗' }
/** Said by the mark, or too long for a line. */
const hidden = new Set(['level', 'time', 'msg', 'session', 'call', 'agent', 'instance', 'stream', 'bot', 'callId'])

function formatLine(line: string): string {
  const entry: unknown = JSON.parse(line)
  if (typeof entry !== 'object' || entry === null) return line
  const fields = entry as Record<string, unknown>
  const level = Number(fields['level'])
  const who = typeof fields['call'] === 'string' ? ` ${oneLine(fields['call'].slice(0, 8))}` : ''
  const text = `${marks[level] ?? ' '}${who} ${fields['bot'] === true ? '│ ' : ''}${harmless(String(fields['msg']))}`
  const rest = Object.entries(fields)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${oneLine(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(' ')
  const coloured = level >= 50 ? paint('red', text) : level >= 40 ? paint('yellow', text) : text
  return `${paint('dim', 'log')} ${coloured}${rest === '' ? '' : ` ${paint('dim', rest)}`}`
}

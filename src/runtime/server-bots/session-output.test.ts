import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { SessionOutput } from './session-output.ts'

const one = '639f91d8-d511-4677-a83b-bd7564d5d92f'
const two = '0c1f91d8-d511-4677-a83b-bd7564d5d92f'

let clock: ManualClock
let output: SessionOutput
let printed: string[]

const printer = (name: string) => ({
  onPrint: (_stream: string, text: string) => printed.push(`${name}: ${text}`),
})

beforeEach(() => {
  clock = new ManualClock()
  printed = []
  output = new SessionOutput({ clock, onLine: (stream, line) => printed.push(`${stream}: ${line}`) })
})

describe('what a server bot prints', () => {
  test('belongs to the session that runs, line by line', () => {
    output.add('stdout', 'before\n')
    output.begin(one, printer('one'))
    output.add('stdout', 'hel')
    output.add('stderr', 'beside\n')
    output.add('stdout', 'lo\nwor')
    output.flush()
    expect(printed).toEqual(['stdout: before', 'one: beside\n', 'one: hello\n', 'one: wor\n'])
  })

  test('belongs to the session whose id stands in the line, also when another runs, or none', () => {
    output.begin(one, printer('one'))
    output.end(one)
    output.begin(two, printer('two'))
    output.add('stderr', `INFO | ${one} - stopping\nINFO | ${two} - starting\nINFO | NONE - loading\n`)
    output.end(two)
    clock.advance(60_000)
    output.add('stderr', `INFO | ${two} - late\n`)
    expect(printed).toEqual([
      `one: INFO | ${one} - stopping\n`,
      `two: INFO | ${two} - starting\n`,
      'two: INFO | NONE - loading\n',
      `two: INFO | ${two} - late\n`,
    ])
  })

  test('belongs to the session before for a second, and then to nobody', () => {
    output.begin(one, printer('one'))
    output.end(one)
    clock.advance(900)
    output.add('stdout', 'last words\n')
    clock.advance(200)
    output.add('stdout', 'idle\n')
    expect(printed).toEqual(['one: last words\n', 'stdout: idle'])
  })

  test('without a line end is cut, and a flood is dropped, which is said', () => {
    output.begin(one, printer('one'))
    output.add('stdout', 'x'.repeat(20_000))
    expect(printed.map((text) => text.length)).toEqual([8192 + 6, 8192 + 6])
    output.add('stdout', `\n${`${'y'.repeat(999)}\n\n`.repeat(2000)}`)
    const kept = printed.length
    expect(kept).toBeLessThan(1300)
    clock.advance(1000)
    output.add('stdout', 'again\n')
    expect(printed.slice(kept)).toEqual([
      expect.stringMatching(/^one: \(\d+ lines dropped: a bot may print 64 KB a second\)\n$/),
      'one: again\n',
    ])
  })
})

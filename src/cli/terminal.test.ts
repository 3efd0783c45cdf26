import { expect, test } from 'vitest'
import { cutLine, harmless, oneLine, widthOf } from './terminal.ts'

const red = '\u001b[31m'
const plain = '\u001b[39m'

test.each([
  ['a\nlog ! forged', '\\n'],
  ['over\rwritten', '\\r'],
  ['\u001b[2Jcleared', '\\u001b'],
  ['\u001b]0;title\u0007', '\\u0007'],
  ['\u009b31m', '\\u009b'],
])('%j stays in its line, and shows what it tried', (text, shown) => {
  expect(oneLine(text)).toContain(shown)
  expect(oneLine(text)).not.toMatch(/\p{Cc}/u)
})

test('what a bot printed keeps its lines, tabs and colours, and moves no cursor', () => {
  expect(harmless(`${red}two${plain}\n\tlines`)).toBe(`${red}two${plain}\n\tlines`)
  expect(harmless('of\r\nWindows\r')).toBe('of\nWindows')
  expect(harmless('\u001b[2J\u001b]52;c;YQ==\u0007over\rwritten')).not.toMatch(/\p{Cc}/u)
})

test('a line that is too long is cut to the width, behind which no colour goes on', () => {
  const line = `${red}seven${plain} and more`
  expect(cutLine(line, 80)).toBe(line)
  expect(cutLine(line, 0)).toBe(line)
  expect(cutLine(line, 4)).toBe(`${red}sev…${plain}`)
  expect(widthOf(cutLine(line, 10))).toBe(10)
})

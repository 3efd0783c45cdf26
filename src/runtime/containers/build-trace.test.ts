import { expect, test } from 'vitest'
import { BuildTrace } from './build-trace.ts'

const varint = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...varint(n >>> 7)])
const bytes = (number: number, value: string | Uint8Array | number[]) => {
  const content = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value)
  return [...varint((number << 3) | 2), ...varint(content.length), ...content]
}
const flag = (number: number) => [(number << 3) | 0, 1]
const started = bytes(5, flag(1))
const report = (...parts: number[][]) => Buffer.from(parts.flat()).toString('base64')
const step = (digest: string, name: string, ...more: number[][]) =>
  bytes(1, [...bytes(1, digest), ...bytes(3, name), ...more.flat()])
const output = (digest: string, text: string) =>
  bytes(3, [...bytes(1, digest), ...bytes(2, flag(1)), ...flag(3), ...bytes(4, text)])

test('a step is told once, by a number of its own, and its output goes with it', () => {
  const trace = new BuildTrace()
  expect(trace.read(report(step('a', '[1/2] COPY . /'), step('b', '[2/2] RUN make')))).toBe('')
  expect(trace.read(report(step('a', '[1/2] COPY . /', started, flag(4))))).toBe('#1 [1/2] COPY . /\n#1 CACHED\n')
  expect(trace.read(report(step('b', '[2/2] RUN make', started)))).toBe('#2 [2/2] RUN make\n')
  expect(trace.read(report(step('b', '[2/2] RUN make', started), output('b', 'cc ä.c\ncc b.c\n')))).toBe(
    '#2 cc ä.c\n#2 cc b.c\n',
  )
  expect(trace.read(report(step('b', '[2/2] RUN make', started, bytes(7, 'exit code: 2'))))).toBe(
    '#2 ERROR: exit code: 2\n',
  )
})

test('what is no report says nothing', () => {
  const trace = new BuildTrace()
  expect(trace.read('')).toBe('')
  expect(trace.read(Buffer.from('hello').toString('base64'))).toBe('')
  // A length that goes beyond the end.
  expect(trace.read(Buffer.from([0x0a, 0xff, 0xff, 0x7f, 1]).toString('base64'))).toBe('')
})

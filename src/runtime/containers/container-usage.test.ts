import { expect, test } from 'vitest'
import { usageOf } from './container-usage.ts'

const read = '2026-01-01T00:00:02.000Z'
const before = { atMs: Date.parse('2026-01-01T00:00:00.000Z'), cpuNanoseconds: 1_000_000_000 }
const megabyte = 1024 ** 2

test('half a second of processor time in two seconds is a quarter of a processor', () => {
  const stats = {
    read,
    cpu_stats: { cpu_usage: { total_usage: 1_500_000_000 } },
    memory_stats: { usage: 100 * megabyte, stats: { inactive_file: 40 * megabyte } },
  }
  expect(usageOf(stats, before)).toEqual({
    usage: { cpuMillicores: 250, memoryBytes: 60 * megabyte },
    mark: { atMs: Date.parse(read), cpuNanoseconds: 1_500_000_000 },
  })
})

test('older control groups name their file caches otherwise, and a container that has ended has no memory', () => {
  const cpu_stats = { cpu_usage: { total_usage: 1_000_000_000 } }
  const older = { usage: 10 * megabyte, stats: { total_inactive_file: megabyte } }
  expect(usageOf({ read, cpu_stats, memory_stats: older }, before).usage.memoryBytes).toBe(9 * megabyte)
  expect(usageOf({ read, cpu_stats, memory_stats: {} }, before).usage).toEqual({ cpuMillicores: 0, memoryBytes: 0 })
})

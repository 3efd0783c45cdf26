import { InvalidArgumentError } from 'commander'

export function readCount(value: string): number {
  const count = Number(value)
  if (/^\d+$/.test(value) && count <= 100_000) return count
  throw new InvalidArgumentError('Give a whole number, up to 100000.')
}

import { InvalidArgumentError } from 'commander'

/** Reads a number of an option. */
export const countBetween =
  (min: number, max: number) =>
  (value: string): number => {
    const count = Number(value)
    if (/^\d+$/.test(value) && count >= min && count <= max) return count
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`)
  }

export const readCount = countBetween(0, 100_000)

import { CallControlError, describeError } from './control-error.ts'

/** Does what an author asked for. A failure rejects and is never thrown; an author who does not await it is told. */
export type Told = <Result>(verb: string, doing: () => Result | Promise<Result>) => Promise<Result>

/** What is not awaited must not bring the process down: a failure is printed. The end of the call is no news. */
export function createTold(print: (text: string) => void): Told {
  return (verb, doing) => {
    const result = (async () => doing())()
    result.catch((error: unknown) => {
      if (!(error instanceof CallControlError && error.code === 'call-over')) print(describeError(verb, error))
    })
    return result
  }
}

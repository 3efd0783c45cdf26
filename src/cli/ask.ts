import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { Writable } from 'node:stream'
import { UsageError } from './describe-error.ts'

/** Whether somebody is there to answer. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** Questions go to stderr: stdout is for results. */
export async function askYesNo(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await askText(`${question} [y/N]`))
}

export async function askText(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await lines.question(`${question} `)).trim()
  } finally {
    lines.close()
  }
}

/** What is typed does not show. */
export async function askSecret(question: string): Promise<string> {
  process.stderr.write(`${question} `)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return (await lines.question('')).trim()
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** False: the user thought better of it. Throws a `UsageError` where nobody can be asked. */
export async function confirm(question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true
  if (!canAsk()) throw new UsageError(`add --yes: there is no terminal on which to ask "${question}"`)
  return askYesNo(question)
}

/** All of the standard input, without the space around it. */
export const readStandardInput = async (): Promise<string> => (await text(process.stdin)).trim()

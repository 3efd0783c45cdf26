import { readFileSync } from 'node:fs'
import type { Resumed } from '../../src/sdk/resumed.ts'

/** A line of what instances wrote down while they lived. */
export interface JournalEntry {
  /** `ended`: the call is over for its bot. */
  readonly what: 'began' | 'saved' | 'ended'
  readonly pid: number
  readonly call: string
  /** 0 in the call's first run. */
  readonly run: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly resumed?: Resumed
}

/** Saves whose call it has and in which run, then says back what it hears; writes down what it does. */
export const resumingBot = (journal: string): string => `
  import { appendFileSync } from 'node:fs'
  export default { onCall: async (call) => {
    const run = call.resumed?.count ?? 0
    const note = (what) => {
      const entry = { what, pid: process.pid, call: call.id, run, at: Date.now(), resumed: call.resumed }
      appendFileSync(${JSON.stringify(journal)}, JSON.stringify(entry) + '\\n')
    }
    note('began')
    void call.save({ call: call.id, run }).then(() => note('saved'))
    for await (const event of call) if (event.type === 'audio') call.write(event.audio)
    note('ended')
  } }`

/** In the order in which it was written; empty before the first line. */
export function readJournal(path: string): readonly JournalEntry[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as JournalEntry)
  } catch {
    return []
  }
}

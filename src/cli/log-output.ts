import { pino } from 'pino'

/** What may wait for a reader: some ten thousand lines. */
const mostWaitingBytes = 4 * 1024 * 1024
/** A reader that took nothing for so long is not waited for at the end. */
const patienceMs = 500

interface LogOutput {
  /** Takes a line with its end. It never waits, and never fails: what cannot be written is left out. */
  write(line: string): void
}

/**
 * Standard output for the log of a node. Node.js itself would hold up the whole process, and with it every call, while a
 * terminal is halted or the program behind the pipe does not read; and end it when that program is gone.
 * `lossText`: the line that stands for so many lines that were left out.
 */
export function openLogOutput(lossText: (lines: number) => string): LogOutput {
  const output = pino.destination({ dest: 1, sync: false, maxLength: mostWaitingBytes })
  let waitsSince: number | undefined
  let lost = 0
  // Nobody reads any more: there is nobody to tell.
  output.on('error', () => {})
  output.on('drop', () => {
    lost++
  })
  output.on('write', () => {
    waitsSince = performance.now()
  })
  output.on('drain', () => {
    waitsSince = undefined
  })
  process.once('exit', () => {
    const isRead = waitsSince === undefined || performance.now() - waitsSince < patienceMs
    if (!isRead) return
    try {
      output.flushSync()
    } catch {
      // As above.
    }
  })
  return {
    write(line) {
      waitsSince ??= performance.now()
      if (lost > 0) {
        const before = lost
        lost = 0
        output.write(lossText(before))
        // There is still no room for anything.
        if (lost > 0) {
          lost = before + 1
          return
        }
      }
      output.write(line)
    },
  }
}

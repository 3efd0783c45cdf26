import { readFile } from 'node:fs/promises'
import { statOf } from './processes.ts'

/** The kernel's unit here: `getconf CLK_TCK` is 100 on every Linux that Node.js runs on. */
const tickMs = 10

/** Milliseconds of processor time, user and system, all threads, that the processes have had so far. */
export async function cpuTimeMs(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(
    pids.map(async (pid) => {
      const fields = await statOf(pid)
      return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * tickMs
    }),
  )
  return times.reduce((sum, ms) => sum + ms, 0)
}

/** Milliseconds that all processors of the machine were busy so far, with whatever. */
export async function machineBusyMs(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = line.split(/\s+/).map(Number)
  return (user + nice + system + irq + softIrq) * tickMs
}

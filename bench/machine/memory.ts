import { readFile } from 'node:fs/promises'

export interface Memory {
  /** What is resident, shared pages counted in full by each process. */
  readonly rssMb: number
  /** What is resident, shared pages divided among those who share them: these add up. */
  readonly pssMb: number
}

/** Memory of the processes, added up. */
export async function memoryOf(pids: readonly number[]): Promise<Memory> {
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')))
  const sumMb = (name: string) => texts.reduce((sum, text) => sum + kilobytes(text, name), 0) / 1024
  return { rssMb: sumMb('Rss'), pssMb: sumMb('Pss') }
}

const kilobytes = (text: string, name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)

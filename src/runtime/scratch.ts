import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeadProcess } from './dead-process.ts'

const folderIn = (home: string) => join(home, 'scratch')

/** Makes an empty folder for the temporary files of one instance. It bears the number of the node's process. */
export async function createScratch(home: string): Promise<string> {
  const folder = folderIn(home)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return mkdtemp(join(folder, `${process.pid}-`))
}

/** Removes such a folder. What cannot be removed waits for the node's next start. */
export async function removeScratch(scratch: string): Promise<void> {
  await rm(scratch, { recursive: true, force: true }).catch(() => undefined)
}

/**
 * Ends what instances of a node that died have left: processes (on Linux), then folders. Only for a node that has started none
 * yet. Returns how many folders there were.
 */
export async function removeOrphanedScratch(home: string): Promise<number> {
  const folder = folderIn(home)
  const names = await readdir(folder).catch(() => [])
  const orphans = names.filter(isOrphaned).map((name) => join(folder, name))
  if (orphans.length === 0) return 0
  await endProcessesOf(new Set(orphans))
  await Promise.all(orphans.map(removeScratch))
  return orphans.length
}

/** Another node may be running on the same folder. */
function isOrphaned(name: string): boolean {
  const pid = Number.parseInt(name, 10)
  return pid === process.pid || !isRunning(pid)
}

function isRunning(pid: number): boolean {
  if (isDeadProcess(pid)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Ends instances, and whatever they have started, by the folder that each was given as `TMPDIR` (on Linux). */
export async function endProcessesOf(folders: ReadonlySet<string>): Promise<void> {
  const names = await readdir('/proc').catch(() => [])
  for (const pid of names.map(Number).filter(Number.isInteger)) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    const scratch = /(?:^|\0)TMPDIR=([^\0]*)/.exec(environment)?.[1]
    if (scratch === undefined || !folders.has(scratch) || pid === process.pid) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
}

import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import type { Finding, Setup } from '../finding.ts'

const check = 'folder'
const lowBytes = 1024 ** 3
const tooLowBytes = 100 * 1024 ** 2

/** Where the node keeps what it has: whether it may write there, and how much room there is. */
export async function checkFolder({ config: { home } }: Pick<Setup, 'config'>): Promise<Finding> {
  const place = await nearest(home)
  try {
    await access(place, constants.W_OK | constants.X_OK)
  } catch (error) {
    const fix = 'let the user that runs the node write there, or set OFFHOOK_HOME to another folder'
    return { check, state: 'failed', message: `${home}: ${messageOf(error)}`, fix }
  }
  const { bavail, bsize } = await statfs(place)
  const free = bavail * bsize
  const message = `${home}, ${(free / 1024 ** 3).toFixed(1)} GB free`
  if (free >= lowBytes) return { check, state: 'ok', message }
  const fix = 'make room: recordings, logs and versions grow with every call'
  return { check, state: free < tooLowBytes ? 'failed' : 'warning', message, fix }
}

/** The folder, or the one in which it will be made. */
async function nearest(folder: string): Promise<string> {
  const exists = await access(folder).then(
    () => true,
    () => false,
  )
  return exists || dirname(folder) === folder ? folder : nearest(dirname(folder))
}

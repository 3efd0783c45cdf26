import { readdir, readFile, readlink } from 'node:fs/promises'

const listening = '0A'

/** Who listens on a TCP port, as far as Linux's `/proc` lets us see: `node (pid 4242)`. */
export async function portOwner(port: number): Promise<string | undefined> {
  const inodes = await inodesOf(port)
  if (inodes.size === 0) return undefined
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
      if (inodes.has(target)) return `${await nameOf(pid)} (pid ${pid})`
    }
  }
  return undefined
}

async function inodesOf(port: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const path of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const table = await readFile(path, 'utf8').catch(() => '')
    for (const line of table.split('\n')) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state === listening && Number.parseInt(local.split(':')[1] ?? '', 16) === port) found.add(`socket:[${inode}]`)
    }
  }
  return found
}

async function nameOf(pid: string): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    .split('\0')
    .filter((word) => word !== '')
  return words.slice(0, 3).join(' ') || 'a process'
}

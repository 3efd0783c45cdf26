import { readdir, readFile, readlink } from 'node:fs/promises'

/** TCP ports on which a process group listens, from Linux's `/proc`; none where there is no such thing. */
export async function listeningPorts(group: number): Promise<readonly number[]> {
  try {
    const sockets = new Set<string>()
    for (const pid of await readdir('/proc')) {
      if (/^\d+$/.test(pid) && (await groupOf(pid)) === group) await addSockets(pid, sockets)
    }
    const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8')))
    const ports = tables.flatMap((table) => table.split('\n').flatMap((line) => portOf(line, sockets)))
    return [...new Set(ports)]
  } catch {
    return []
  }
}

async function groupOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name in the brackets may hold anything.
  return Number(stat.replace(/^.*\) /s, '').split(' ')[2])
}

async function addSockets(pid: string, sockets: Set<string>): Promise<void> {
  for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
    if (inode !== undefined) sockets.add(inode)
  }
}

const listening = '0A'

function portOf(line: string, sockets: ReadonlySet<string>): number[] {
  const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
  return state === listening && sockets.has(inode) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : []
}

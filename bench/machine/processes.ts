import { readdir, readFile } from 'node:fs/promises'

/** Process ids of the direct children. */
export async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(pids.map((pid) => statOf(pid).then((fields) => Number(fields[1]))))
  return pids.filter((_, index) => parents[index] === parent)
}

/** The fields of `/proc/PID/stat` behind the name, which may hold anything: state, parent, … Empty when it is gone. */
export async function statOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

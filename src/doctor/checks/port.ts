import { createServer } from 'node:net'
import type { Finding, Setup } from '../finding.ts'
import { portOwner } from '../port-owner.ts'

const check = 'port'

/** Whether the node can listen where it should. */
export async function checkPort({ config: { port, host }, node }: Pick<Setup, 'config' | 'node'>): Promise<Finding> {
  if (port === 0) return { check, state: 'ok', message: 'any that is free' }
  const code = await tryToListen(port, host)
  const place = `${host}:${port}`
  if (code === undefined) return { check, state: 'ok', message: `${place} is free` }
  if (code === 'EACCES') {
    const fix = 'take a port from 1024 on behind a proxy, or give the service AmbientCapabilities=CAP_NET_BIND_SERVICE'
    return { check, state: 'failed', message: `${place} is for privileged users`, fix }
  }
  if (code !== 'EADDRINUSE')
    return {
      check,
      state: 'failed',
      message: `${place}: ${code}`,
      fix: 'set OFFHOOK_HOST to an address of this machine',
    }
  const owner = await portOwner(port)
  if (node && owner?.includes(`pid ${node.pid})`) === true)
    return { check, state: 'ok', message: `the node of this folder listens on ${place}` }
  const fix = `stop it, or set PORT to another`
  return { check, state: 'failed', message: `${place} is taken by ${owner ?? 'a process of somebody else'}`, fix }
}

/** The code of the error; undefined: it can be listened on. */
const tryToListen = (port: number, host: string) =>
  new Promise<string | undefined>((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })

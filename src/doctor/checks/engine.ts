import { existsSync } from 'node:fs'
import { request, type RequestOptions } from 'node:http'
import { type Finding, networkTimeoutMs, type Setup } from '../finding.ts'
import { networkReason } from '../network-reason.ts'

const check = 'container engine'
const sockets = ['/var/run/docker.sock', '/run/podman/podman.sock']

/** The engine that images run in, where the node may run images. */
export async function checkEngine({
  config: { bots },
  dockerHost,
}: Pick<Setup, 'config' | 'dockerHost'>): Promise<Finding> {
  if (!bots.includes('images')) return { check, state: 'skipped', message: 'this node runs no images (OFFHOOK_BOTS)' }
  const address = addressOf(dockerHost)
  if (!address) {
    const fix = 'install Docker or Podman, or set DOCKER_HOST; without it, all other bots run'
    return { check, state: 'skipped', message: `there is none, so images do not run. ${fix}` }
  }
  try {
    return { check, state: 'ok', message: `answers at ${address.shown}: ${await ping(address.options)}` }
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && error.code === 'EACCES'
    const fix = denied ? 'add the user that runs the node to the group docker' : 'start it: systemctl start docker'
    const reason = denied ? 'this user may not talk to it' : networkReason(error).reason
    return { check, state: 'warning', message: `does not answer at ${address.shown}: ${reason}`, fix }
  }
}

function addressOf(dockerHost: string | undefined): { shown: string; options: RequestOptions } | undefined {
  if (dockerHost?.startsWith('tcp://') === true) {
    const { hostname, port } = new URL(dockerHost)
    return { shown: dockerHost, options: { hostname, port: port || 2375 } }
  }
  const path = dockerHost?.replace(/^unix:\/\//, '') ?? sockets.find((one) => existsSync(one))
  return path === undefined ? undefined : { shown: path, options: { socketPath: path } }
}

/** What kind of engine it is, in its own words. */
const ping = (options: RequestOptions) =>
  new Promise<string>((resolve, reject) => {
    const asked = request({ ...options, path: '/_ping', timeout: networkTimeoutMs }, ({ headers, statusCode }) => {
      asked.destroy()
      if (statusCode === 200) resolve(String(headers['server'] ?? 'an engine'))
      else reject(new Error(`it answers with HTTP ${statusCode ?? ''}`))
    })
    asked.once('timeout', () => asked.destroy(new Error('no answer came in time')))
    asked.once('error', reject)
    asked.end()
  })

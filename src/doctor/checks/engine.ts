import { request } from 'node:http'
import { messageOf } from '../../lib/errors.ts'
import { type EngineAddress, findEngine, NoEngineError } from '../../runtime/containers/engine-address.ts'
import { type Finding, networkTimeoutMs, type Setup } from '../finding.ts'
import { networkReason } from '../network-reason.ts'

const check = 'container engine'

/** The engine that images run in, where the node may run images. */
export async function checkEngine({ config: { bots, engine } }: Pick<Setup, 'config'>): Promise<Finding> {
  if (!bots.includes('images')) return { check, state: 'skipped', message: 'this node runs no images (OFFHOOK_BOTS)' }
  try {
    const address = await findEngine(engine)
    return await ask(address)
  } catch (error) {
    if (!(error instanceof NoEngineError)) throw error
    const state = engine.address === undefined ? 'skipped' : 'failed'
    const fix = 'correct DOCKER_HOST, or leave it out'
    return { check, state, message: messageOf(error), ...(state === 'failed' && { fix }) }
  }
}

async function ask(address: EngineAddress): Promise<Finding> {
  const shown = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`
  try {
    return { check, state: 'ok', message: `answers at ${shown}: ${await ping(address)}` }
  } catch (error) {
    const fix = 'start it: systemctl start docker; and let the user that runs the node talk to it'
    return { check, state: 'warning', message: `does not answer at ${shown}: ${networkReason(error).reason}`, fix }
  }
}

/** What kind of engine it is, in its own words. */
const ping = (address: EngineAddress) =>
  new Promise<string>((resolve, reject) => {
    const asked = request({ ...address, path: '/_ping', timeout: networkTimeoutMs }, ({ headers, statusCode }) => {
      asked.destroy()
      if (statusCode === 200) resolve(String(headers['server'] ?? 'an engine'))
      else reject(new Error(`it answers with HTTP ${statusCode ?? ''}`))
    })
    asked.once('timeout', () => asked.destroy(new Error('no answer came in time')))
    asked.once('error', reject)
    asked.end()
  })

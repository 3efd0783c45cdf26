import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Log } from '../lib/log.ts'
import { type OpenPlatform, openPlatform } from '../platform/open-platform.ts'
import { commandName } from './command-name.ts'
import { createConsoleLog } from './console-log.ts'
import { removeNodeFile, writeNodeFile } from './node-file.ts'
import { plivoApiOf } from './plivo-api.ts'
import { takeStopSignals, untilFired } from './stop-signals.ts'
import { paint } from './terminal.ts'

/** Running calls may finish this long after the first signal. */
const drainMs = 7_200_000

/** Runs a node until it is told to stop. */
export async function serve(config: Config): Promise<void> {
  const log = createConsoleLog(config.logLevel)
  // Signs simulated calls from this machine, so that they come in like Plivo's.
  const localToken = randomBytes(20).toString('hex')
  const { plivoAuthToken, requestsPerSecond } = config
  await using node = await openPlatform({
    ...config,
    plivoAuthTokens: [...(plivoAuthToken === undefined ? [] : [plivoAuthToken]), localToken],
    plivoApi: plivoApiOf(config),
    simulatorToken: localToken,
    apiRate: { burst: 5 * requestsPerSecond, perSecond: requestsPerSecond },
    log,
  })
  const stop = takeStopSignals()
  const url = `http://127.0.0.1:${node.server.port}`
  const [organization] = await node.store.organizations.list()
  if (!organization) throw new Error('a database has at least one organization')
  // Agents come and go: whoever dials names one.
  await writeNodeFile(config.home, {
    pid: process.pid,
    url,
    organization: organization.name,
    agents: [],
    authToken: localToken,
  })
  console.log(welcome(node, config))
  await untilFired(stop.finish)
  await finishCalls(node, stop.now, log)
  await removeNodeFile(config.home)
}

async function finishCalls({ server }: OpenPlatform, now: AbortSignal, log: Log): Promise<void> {
  const { active } = server.calls
  if (active > 0) log.info({ calls: active }, 'waiting for running calls; a second signal ends them')
  await Promise.race([server.drain(), untilFired(AbortSignal.any([now, AbortSignal.timeout(drainMs)]))])
}

function welcome({ url, first }: OpenPlatform, { plivoAuthToken }: Config): string {
  const owner = first
    ? `
  Organization  ${first.organization}
  Owner token   ${paint('bold', first.token)}
                It is shown this once:  ${commandName()} auth login --url ${url} --token …
`
    : ''
  const unsigned =
    plivoAuthToken === undefined
      ? `\n  ${paint('yellow', 'Set PLIVO_AUTH_TOKEN: without it no call of Plivo’s is taken.')}\n`
      : ''
  return `
  ${paint('bold', 'Offhook')} serves ${paint('cyan', url)}
${owner}${unsigned}
  API           ${url}/docs
  Stop          Ctrl-C
`
}

import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { type OpenPlatform, openPlatform } from '../platform/open-platform.ts'
import { commandName } from './command-name.ts'
import { createConsoleLog } from './console-log.ts'
import { finishCalls } from './finish-calls.ts'
import { removeNodeFile, writeNodeFile } from './node-file.ts'
import { plivoApiOf } from './plivo-api.ts'
import { takeStopSignals, untilFired } from './stop-signals.ts'
import { paint } from './terminal.ts'
import { warnOfUnknown } from './warn-of-unknown.ts'

/** Runs a node until it is told to stop. */
export async function serve(config: Config): Promise<void> {
  const stop = takeStopSignals()
  const log = createConsoleLog(config)
  warnOfUnknown(config, log)
  // Signs simulated calls from this machine, so that they come in like Plivo's.
  const localToken = randomBytes(20).toString('hex')
  const { plivoAuthToken, requestsPerSecond } = config
  await using node = await openPlatform({
    ...config,
    plivoAuthTokens: [...(plivoAuthToken === undefined ? [] : [plivoAuthToken]), localToken],
    plivoApi: plivoApiOf(config),
    simulatorToken: localToken,
    maxFileBytes: config.maxFilesMb * 1024 ** 2,
    logBytesPerSecond: config.logKbPerSecond * 1024,
    apiRate: { burst: 5 * requestsPerSecond, perSecond: requestsPerSecond },
    log,
  })
  // Without a terminal that could hang up, it is how services are told to read their files again.
  if (config.tls || !process.stdout.isTTY) process.on('SIGHUP', () => void node.server.reloadCertificate())
  const [organization] = await node.store.organizations.list()
  if (!organization) throw new Error('a database has at least one organization')
  // Agents come and go: whoever dials names one.
  const before = await writeNodeFile(config.home, {
    pid: process.pid,
    url: node.server.localUrl,
    organization: organization.name,
    agents: [],
    authToken: localToken,
  })
  await Promise.race([node.started, untilFired(stop.finish)])
  // Beside a log for programs, what is for people goes elsewhere.
  const tell = config.logFormat === 'json' ? console.error : console.log
  if (!stop.finish.aborted) tell(welcome(node, config))
  await untilFired(stop.finish)
  const { drainTimeoutMs: timeoutMs } = config
  await finishCalls({ server: node.server, stop, timeoutMs, clock: systemClock, log })
  await removeNodeFile(config.home, before)
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
      ? `\n  ${paint('yellow', 'Set PLIVO_AUTH_TOKEN: without it only organizations with an account of their own (offhook plivo set) get calls of Plivo’s.')}\n`
      : ''
  return `
  ${paint('bold', 'Offhook')} serves ${paint('cyan', url)}
${owner}${unsigned}
  API           ${url}/docs
  Stop          Ctrl-C
`
}

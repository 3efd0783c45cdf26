import type { AgentDetails } from '../control/contract/agent-details.ts'
import type * as agents from '../control/contract/agents.ts'
import { sleep, systemClock } from '../lib/clock.ts'
import { callUrlsOf } from './call-urls.ts'
import type { Connection } from './connect.ts'
import { FailedCommandError } from './failed-command.ts'
import { printResult } from './print-result.ts'
import { formatFields } from './table.ts'
import { cutLine, oneLine, paint } from './terminal.ts'

interface FollowOptions {
  readonly connection: Connection
  readonly agent: string
  readonly deploymentId: string
  readonly json: boolean
  /** Why nothing new was deployed. */
  readonly warning?: string | undefined
}

const unchanged = 'Nothing was deployed: it is the same as what was there. Add --force to deploy it again.'
const askEveryMs = 1000
/** An image may have to be pulled first. */
const giveUpAfterMs = 15 * 60_000

/** Shows how a version comes up, and where its calls go. Throws a `FailedCommandError` with the bot's own words. */
export async function followDeployment(options: FollowOptions): Promise<void> {
  const { connection, agent, deploymentId, json, warning } = options
  if (warning !== undefined) process.stderr.write(`${unchanged}\n`)
  const details = await untilReady(options)
  const urls = callUrlsOf(connection, agent)
  printResult(json, { agent, deploymentId, ready: true, ...(warning !== undefined && { warning }), ...urls }, () => {
    const { minReplicas } = details.autoScaling
    const cold = minReplicas === 0 ? `\n\n  No instance waits for calls: offhook agent scale ${agent} --min 1` : ''
    const where = formatFields({ 'Answer URL': paint('cyan', urls.answerUrl), 'Hangup URL': urls.hangupUrl })
    return `${paint('green', '✓')} ${paint('bold', `${agent}.${connection.organization}`)} takes calls.\n\n${where}${cold}`
  })
}

async function untilReady({ connection, agent, deploymentId }: FollowOptions): Promise<AgentDetails> {
  const progress = new Progress()
  const deadline = systemClock.monotonic() + giveUpAfterMs
  try {
    for (;;) {
      const { body } = await connection.client.send<typeof agents.cliReadAgent>(
        'get',
        '/v1/organizations/{org}/services/{agentName}',
        { params: { agentName: agent } },
      )
      const state = stateOf(body, deploymentId)
      if (state === 'ready') return body
      if (state === 'failed') throw new FailedCommandError(failureText(agent, body))
      if (state === 'replaced')
        throw new FailedCommandError(`another deployment of ${agent} has taken the place of this one`)
      if (systemClock.monotonic() > deadline) {
        throw new FailedCommandError(`${agent} is not ready yet: offhook agent status ${agent} shows how it goes on`)
      }
      progress.show(state)
      await sleep(systemClock, askEveryMs)
    }
  } finally {
    progress.end()
  }
}

function stateOf(details: AgentDetails, deploymentId: string): string {
  const { desiredDeploymentId, currentRevision, errors } = details
  if (desiredDeploymentId !== deploymentId) return 'replaced'
  // Until the node has begun with it, it tells of the one before.
  if (currentRevision.deploymentID !== deploymentId) return 'waiting for the node'
  if (currentRevision.phase === 'Failed') return 'failed'
  if (currentRevision.phase === 'Active') return 'ready'
  return errors[0]?.message ?? currentRevision.phase.toLowerCase()
}

function failureText(agent: string, { errors, available, currentRevision }: AgentDetails): string {
  const reasons = errors.map(({ message }) => message).join('\n') || currentRevision?.health.message
  const calls = available ? 'Calls go to the version before.' : 'Nothing takes its calls.'
  return `${agent} does not come up. ${calls}\n${reasons ?? 'The node does not say why.'}`
}

/** One line that changes, where a person looks; a line for each change elsewhere. */
class Progress {
  readonly #since = systemClock.monotonic()
  #shown = ''

  show(state: string): void {
    const { stderr } = process
    if (stderr.isTTY) {
      const seconds = Math.round((systemClock.monotonic() - this.#since) / 1000)
      // Of a line that the terminal broke only the last row would be cleared.
      stderr.write(`\r\u001b[2K${cutLine(`${oneLine(state)} … ${seconds} s`, stderr.columns - 1)}`)
    } else if (state !== this.#shown) stderr.write(`${state} …\n`)
    this.#shown = state
  }

  end(): void {
    if (process.stderr.isTTY && this.#shown !== '') process.stderr.write('\r\u001b[2K')
  }
}

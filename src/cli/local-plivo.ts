import { simulatedAccount } from '../server.ts'
import { PhoneBook, type Phones, SimulatorServer } from '../simulator/index.ts'
import type { NodeFile } from './node-file.ts'

/**
 * Plivo for simulated calls to a node: a REST API of their own comes with them, so that a bot can do with them what it can
 * do with real ones.
 */
export function startLocalPlivo(node: NodeFile, phones: Phones = {}): Promise<SimulatorServer> {
  return SimulatorServer.start({
    account: { ...simulatedAccount, authTokens: [node.authToken] },
    phones: new PhoneBook(phones),
  })
}

/** The address that a simulated call asks: the node's own, and where the call's REST API is. */
export function answerUrlOf({ url, organization }: NodeFile, agent: string, more: AnswerUrlMore = {}): string {
  const { audio, plivoApi } = more
  const query = new URLSearchParams({
    agent,
    org: organization,
    ...(audio !== undefined && { audio }),
    ...(plivoApi !== undefined && { plivoApi }),
  })
  return `${url}/plivo-xml?${query.toString()}`
}

interface AnswerUrlMore {
  /** What the carrier is asked to send: `mulaw`, `l16-8k`, `l16-16k`. */
  readonly audio?: string | undefined
  readonly plivoApi?: string | undefined
}

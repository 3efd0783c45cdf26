/** What a server bot reads from its environment because of where it runs. */
interface ServerEnvironmentOptions {
  /** What the agent's secret set holds. */
  readonly secrets: Readonly<Record<string, string | undefined>>
  /** Where the bot is to listen. */
  readonly port: number
}

/** Pipecat's Plivo serializer insists on credentials before it takes a call; the node ends the call, so that these will do. */
const placeholders = { PLIVO_AUTH_ID: 'MAPLACEHOLDER0000000', PLIVO_AUTH_TOKEN: 'the-node-hangs-up' }

/** The environment that the base image knows: the agent's secrets, `PORT`, and carrier credentials where the agent has none. */
export function serverEnvironment({ secrets, port }: ServerEnvironmentOptions): Record<string, string> {
  const environment: Record<string, string> = { ...placeholders }
  for (const [name, value] of Object.entries(secrets)) if (value !== undefined) environment[name] = value
  // Base images before 0.1.26 fail at their shutdown when it is set, and end their sessions.
  delete environment['SHUTDOWN_TIMEOUT']
  environment['PORT'] = String(port)
  return environment
}

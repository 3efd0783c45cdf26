import type { Context } from 'hono'
import type { ControlEnv } from './control-env.ts'

/** Address of whoever asks; empty when nobody knows. */
export const addressOf = ({ env }: Context<ControlEnv>): string =>
  env?.address ?? env?.incoming?.socket.remoteAddress ?? ''

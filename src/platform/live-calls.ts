import type { LiveCall } from '../control/agent-runtime.ts'
import type { LiveSession } from '../sessions/live-sessions.ts'

/** The calls of these sessions. `now`: milliseconds since the epoch. */
export const liveCalls = (sessions: readonly LiveSession[], now: number): readonly LiveCall[] =>
  sessions.flatMap(({ id, call, agent, state, ageMs }) =>
    call === undefined
      ? []
      : {
          callId: call.callId,
          sessionId: id,
          agentName: agent.name,
          from: call.from,
          to: call.to,
          direction: call.direction ?? 'inbound',
          state: state.name,
          startedAt: now - ageMs,
        },
  )

/** Plivo's call. */
export interface Call {
  /** Its CallUUID. */
  id: string
  organizationId: string
  agentId: string | null
  from: string | null
  to: string | null
  direction: 'inbound' | 'outbound' | null
  nodeId: string
  createdAt: number
  endedAt: number | null
  hangupCause: string | null
  durationMs: number | null
  /** What the caller got since there was no place: `busy`, `queue` and such. */
  overflow: string | null
  /** What became of that. */
  overflowOutcome: string | null
}

export interface SessionRow {
  id: string
  organizationId: string
  agentId: string
  versionId: string
  callId: string | null
  nodeId: string
  instanceId: string | null
  transport: string | null
  region: string | null
  createdAt: number
  updatedAt: number
  botStartMs: number | null
  coldStart: number | null
  endedAt: number | null
  completionStatus: string | null
  endState: string | null
  endReason: string | null
  metrics: string | null
}

export interface SessionEventRow {
  /** Begins with the nanoseconds since the epoch, so that order of ids is order of time. */
  id: string
  organizationId: string
  sessionId: string
  code: string
  data: string | null
}

export interface LogLineRow {
  /** Begins with the nanoseconds since the epoch, so that order of ids is order of time. */
  id: string
  organizationId: string
  agentId: string
  versionId: string | null
  sessionId: string | null
  instanceId: string | null
  stream: 'stdout' | 'stderr' | null
  text: string
}

export interface Recording {
  id: string
  organizationId: string
  sessionId: string
  callId: string
  /** As the carrier names it. */
  carrierId: string
  /** Where the carrier has it, or will have it. */
  url: string
  format: 'mp3' | 'wav'
  channels: number
  /** It ends by itself after so long. */
  maxMs: number | null
  /** Null: it goes on, or nobody said when it ended. */
  durationMs: number | null
  /** Name of the copy, as the node that keeps one names it. */
  path: string | null
  sizeBytes: number | null
  startedAt: number
  createdAt: number
}

export interface Message {
  id: string
  organizationId: string
  agentId: string | null
  callId: string
  sessionId: string | null
  /** Where the carrier has the recording. */
  url: string
  recordingId: string | null
  durationMs: number | null
  createdAt: number
}

export interface PlacementRow {
  organizationId: string
  callId: string
  agentId: string
  nodeId: string
  sessionId: string | null
  /** The one stream that is live now. */
  liveStreamId: string | null
  state: string | null
  savedState: string | null
  createdAt: number
  updatedAt: number
  expiresAt: number
}

export interface UsedTicketRow {
  organizationId: string
  nonce: string
  expiresAt: number
}

export interface Agent {
  id: string
  organizationId: string
  name: string
  region: string
  minInstances: number
  maxInstances: number
  /** The version that was asked for last. */
  desiredVersionId: string | null
  /** The version that new calls get. */
  activeVersionId: string | null
  createdAt: number
  updatedAt: number
  deletedAt: number | null
}

export type VersionPhase = 'creating' | 'validating' | 'active' | 'draining' | 'failed'

export interface VersionRow {
  id: string
  organizationId: string
  agentId: string
  /** 1, 2, 3 … of its agent. */
  number: number
  spec: string
  phase: VersionPhase
  phaseStartedAt: number
  errorCode: string | null
  errorMessage: string | null
  createdBy: string | null
  createdAt: number
  updatedAt: number
}

export interface VersionFileRow {
  versionId: string
  path: string
  content: Uint8Array
}

export type SecretSetStatus = 'pending' | 'ready' | 'failed'

export interface SecretSet {
  id: string
  organizationId: string
  name: string
  type: 'secret' | 'imagePullSecret'
  region: string
  status: SecretSetStatus
  errorMessage: string | null
  /** The registry of an image pull secret. */
  host: string | null
  createdAt: number
  updatedAt: number
}

export interface SecretValueRow {
  setId: string
  name: string
  /** Which key sealed it. */
  keyId: string
  sealed: string
}

export interface Upload {
  id: string
  organizationId: string
  region: string
  path: string | null
  contextHash: string | null
  sizeBytes: number | null
  createdAt: number
  expiresAt: number
}

export type BuildStatus = 'pending' | 'building' | 'success' | 'failed' | 'timeout'

export interface Build {
  id: string
  organizationId: string
  status: BuildStatus
  region: string
  contextHash: string
  dockerfilePath: string
  imageUri: string | null
  logsUrl: string | null
  errorMessage: string | null
  contextSizeBytes: number | null
  imageSizeBytes: number | null
  buildDurationSeconds: number | null
  startedAt: number | null
  completedAt: number | null
  createdAt: number
  updatedAt: number
}

export interface BuildLogRow {
  id: string
  buildId: string
  text: string
  at: number
}

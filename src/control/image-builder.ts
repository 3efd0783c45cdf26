import type { Build } from '../store/schema/agents.ts'

/** Takes build contexts and makes images of them; the composition root gives an implementation where there is one. */
export interface ImageBuilder {
  createUpload(request: UploadRequest): Promise<UploadTarget>
  /** Resolves when the build is recorded, not when it is done. Undefined: no such upload, or nothing was uploaded. */
  startBuild(request: BuildRequest): Promise<{ readonly build: Build; readonly cached: boolean } | undefined>
}

export interface UploadRequest {
  readonly organizationId: string
  readonly region: string
}

interface UploadTarget {
  readonly uploadId: string
  /** Takes a multipart POST: these fields, then `file`. */
  readonly uploadUrl: string
  readonly uploadFields: Readonly<Record<string, string>>
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface BuildRequest extends UploadRequest {
  readonly uploadId: string
  readonly dockerfilePath: string
}

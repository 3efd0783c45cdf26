import type Docker from 'dockerode'

/** A line of what an engine tells of a pull or a build. */
export interface EngineProgress {
  /** What it is about: a layer of a pull. */
  readonly id?: string
  readonly status?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
  /** Output of a build. */
  readonly stream?: string
  readonly error?: string
}

/** Part of the client, and of what its types leave out: it also reads what BuildKit says. */
interface FollowsProgress {
  followProgress(
    stream: NodeJS.ReadableStream,
    onFinished: (error: Error | null) => void,
    onProgress: (progress: EngineProgress) => void,
  ): void
}

/** Follows a pull or a build to its end. Rejects with what the engine says went wrong: it says so in the last line. */
export function followEngine(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onProgress: (progress: EngineProgress) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onFinished = (error: Error | null) => (error ? reject(error) : resolve())
    const follower = docker as Docker & FollowsProgress
    follower.followProgress(stream, onFinished, (progress) => {
      onProgress(progress)
      if (progress.error !== undefined) reject(new Error(progress.error))
    })
  })
}

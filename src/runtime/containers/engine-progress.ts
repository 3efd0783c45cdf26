import type Docker from 'dockerode'

/** A line of what an engine tells of a pull or a build. */
export interface EngineProgress {
  /** What it is about: a layer of a pull. */
  readonly id?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
  /** Output of a build. */
  readonly stream?: string
  /** Something else, known by `id`. */
  readonly aux?: unknown
  readonly error?: string
}

/** Follows a pull or a build to its end. Rejects with what the engine says went wrong: it says so in the last line. */
export function followEngine(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onProgress: (progress: EngineProgress) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onFinished = (error: Error | null) => (error ? reject(error) : resolve())
    docker.modem.followProgress(stream, onFinished, (progress: EngineProgress) => {
      onProgress(progress)
      if (progress.error !== undefined) reject(new Error(progress.error))
    })
  })
}

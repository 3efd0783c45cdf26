import type { Recorded } from './detours/detour.ts'

/** What is known by now of a recording of the carrier's. It is told again when more is known. */
export interface RecordingNews {
  /** As the carrier names it. */
  readonly recordingId: string
  /** Where the carrier has it, or will have it. */
  readonly url: string
  readonly format: 'mp3' | 'wav'
  readonly channels: 'mono' | 'stereo'
  /** Milliseconds since the epoch. Undefined: as long ago as it is long. */
  readonly startedAt?: number | undefined
  /** It ends by itself after so long; undefined: with its call. */
  readonly maxMs?: number | undefined
  /** Undefined: it goes on, as far as anybody knows. */
  readonly durationMs?: number | undefined
  readonly kept?: KeptRecording | undefined
}

/** The node's copy of a recording. */
export interface KeptRecording {
  readonly path: string
  readonly sizeBytes: number
}

/** A finished one, as the carrier tells of it. Undefined without an id, by which it could be known again. */
export function finishedRecording(
  { url, recordingId, durationMs, startedAt }: Recorded,
  channels: RecordingNews['channels'] = 'stereo',
): RecordingNews | undefined {
  return recordingId === undefined
    ? undefined
    : { recordingId, url, format: formatOf(url), channels, startedAt, durationMs }
}

/** Of the file at a URL: what the carrier records is MP3 unless it was asked for WAV. */
export const formatOf = (url: string): RecordingNews['format'] => (/\.wav(?:[?#]|$)/.test(url) ? 'wav' : 'mp3')

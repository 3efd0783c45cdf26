import { parseWav } from '../../audio/wav.ts'
import { isJsonObject, type JsonObject } from '../../plivo/json-fields.ts'
import type { Pcm } from '../audio-track.ts'
import { checkDigits, type CallerAction } from '../caller-script.ts'
import { murmur } from '../murmur.ts'
import { ApiError, invalid, missing } from './api-error.ts'
import { textsOf } from './read-fields.ts'
import { RequestFields } from './request-fields.ts'

const mostActions = 1_000
const hourMs = 3_600_000
/** As fast as people read aloud. */
const charactersPerSecond = 15

/**
 * What the one at the telephone does, as JSON: `{"do":"speak","wav":"<base64>"}` (or `"text"`, which is murmured),
 * `{"do":"press","digits":"12#"}`, `{"do":"wait","ms":500}`, `{"do":"wait-for-audio","timeout_ms":5000}`,
 * `{"do":"wait-for-quiet","ms":700,"timeout_ms":5000}`, `{"do":"hang-up"}`.
 * @throws ApiError 400 that names the field, such as `caller[2].ms`.
 */
export function readScript(value: unknown, field: string): readonly CallerAction[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > mostActions) throw invalid(field, `a list of at most ${mostActions}`)
  return value.map((action: unknown, i) => {
    if (!isJsonObject(action)) throw invalid(`${field}[${i}]`, 'an object')
    return named(`${field}[${i}]`, () => readAction(action))
  })
}

/** One action of a script. */
export function readAction(action: JsonObject): CallerAction {
  const fields = new RequestFields(textsOf(action))
  const ms = (name: string) => fields.whole(name, { least: 0, most: hourMs })
  const timeoutMs = ms('timeout_ms')
  const kinds = ['speak', 'press', 'wait', 'wait-for-audio', 'wait-for-quiet', 'hang-up'] as const
  const kind = fields.choice('do', kinds)
  switch (kind) {
    case 'speak':
      return { do: kind, audio: readAudio(fields) }
    case 'press':
      return { do: kind, digits: readDigits(fields) }
    case 'wait':
      return { do: kind, ms: ms('ms') ?? Number(fields.required('ms')) }
    case 'wait-for-audio':
      return { do: kind, ...(timeoutMs !== undefined && { timeoutMs }) }
    case 'wait-for-quiet': {
      const quietMs = ms('ms')
      return { do: kind, ...(quietMs !== undefined && { ms: quietMs }), ...(timeoutMs !== undefined && { timeoutMs }) }
    }
    case 'hang-up':
      return { do: kind }
    case undefined:
      throw missing('do')
  }
}

function readAudio(fields: RequestFields): Pcm {
  const encoded = fields.text('wav')
  if (encoded === undefined) return murmur((fields.required('text').length / charactersPerSecond) * 1000)
  const wav = parseWav(Buffer.from(encoded, 'base64'))
  if (!wav.ok) throw new ApiError(400, `wav parameter: ${wav.field} ${wav.problem}`)
  return wav.value
}

function readDigits(fields: RequestFields): string {
  const digits = fields.required('digits')
  try {
    checkDigits(digits)
  } catch {
    throw invalid('digits', 'made of the keys 0-9 * # A-D')
  }
  return digits
}

function named<T>(field: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ApiError) throw new ApiError(error.status, `${field}.${error.message}`)
    throw error
  }
}

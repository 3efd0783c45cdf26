import type { ControlRequest } from './control.ts'
import { maxStateBytes } from './protocol.ts'

/** Throws a `TypeError` for what is no JSON, and a `RangeError` for more than the node keeps. */
export function toSaveRequest(state: unknown): Extract<ControlRequest, { verb: 'save' }> {
  const json = toJson(state)
  if (json === undefined) throw new TypeError(`save takes what JSON can say, got ${typeof state}`)
  const bytes = Buffer.byteLength(json)
  if (bytes <= maxStateBytes) return { verb: 'save', json }
  throw new RangeError(
    `save: the state has ${bytes} bytes as JSON, and the node keeps ${maxStateBytes}; save what the next instance needs, such as ids`,
  )
}

function toJson(state: unknown): string | undefined {
  try {
    return JSON.stringify(state)
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new TypeError(`save: the state is no JSON: ${why}`, { cause })
  }
}

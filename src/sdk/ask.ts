/** HTTP requests of clients to the bot of a session, as frames. PROTOCOL.md says the same in prose. */
import { type Frame, type FrameWriter, FramingError, frameType } from './frames.ts'
import { readJson } from './wire.ts'

type HeaderList = readonly (readonly [name: string, value: string])[]

/** A request. It and what belongs to it carry the number that the node gave it. */
export interface Ask {
  readonly id: number
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: HeaderList
  /** Pieces of its body follow. */
  readonly hasBody: boolean
}

/** How a bot answers: with a status, and a body in pieces, or not at all. */
export type Answer =
  | { readonly id: number; readonly status: number; readonly headers: HeaderList }
  /** `no-routes`: the bot has no `fetch`. `threw`: that threw, or returned no `Response`. */
  | { readonly id: number; readonly failure: 'no-routes' | 'threw' }

/** A piece of a body. `broken`: there will be no more, though there should. */
export interface BodyPiece {
  readonly id: number
  readonly state: 'more' | 'end' | 'broken'
  readonly bytes: Uint8Array
}

const states = ['more', 'end', 'broken'] as const
const pieceHeaderBytes = 5
/** Far below the longest frame, so that nothing waits long behind it. */
const longestPiece = 64 * 1024

type PieceFrame = typeof frameType.askBody | typeof frameType.answerBody

/** Writes bytes of a body, in as many pieces as it takes. */
export function writePieces(
  writer: FrameWriter,
  type: PieceFrame,
  call: number,
  { id, state, bytes }: BodyPiece,
): void {
  for (let at = 0; at + longestPiece < bytes.length; at += longestPiece) {
    writer.write(type, call, bytes.subarray(at, at + longestPiece), pieceHeader(id, 'more'))
  }
  const rest = bytes.length === 0 ? 0 : Math.floor((bytes.length - 1) / longestPiece) * longestPiece
  writer.write(type, call, bytes.subarray(rest), pieceHeader(id, state))
}

export const isAsk = ({ type }: Frame): boolean =>
  type === frameType.ask || type === frameType.askBody || type === frameType.cancelAsk

/** Throws `FramingError`. */
export function readPiece({ payload }: Frame): BodyPiece {
  const state = payload.length < pieceHeaderBytes ? undefined : states[payload.readUInt8(4)]
  if (state === undefined) throw new FramingError('a piece of a body without its header')
  return { id: payload.readUInt32BE(0), state, bytes: payload.subarray(pieceHeaderBytes) }
}

/** The host takes the node at its word. */
export const readAsk = (frame: Frame): Ask => readJson(frame) as Ask

/** Throws `FramingError`. */
export function readAnswer(frame: Frame): Answer {
  const value = readJson(frame)
  if (!isRecord(value) || typeof value['id'] !== 'number') throw new FramingError('an answer without its number')
  const { id, failure, status, headers } = value
  if (failure !== undefined) return { id, failure: failure === 'no-routes' ? failure : 'threw' }
  const isStatus = typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
  if (!isStatus) throw new FramingError('an answer without a status')
  return { id, status, headers: readHeaders(headers) }
}

function readHeaders(value: unknown): HeaderList {
  if (!Array.isArray(value)) throw new FramingError('an answer without headers')
  return value.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new FramingError('a header that is no pair')
    return [String(pair[0]), String(pair[1])]
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function pieceHeader(id: number, state: BodyPiece['state']): Buffer {
  const header = Buffer.allocUnsafe(pieceHeaderBytes)
  header.writeUInt32BE(id, 0)
  header.writeUInt8(states.indexOf(state), 4)
  return header
}

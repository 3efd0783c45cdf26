import { protobufFields } from './protobuf-fields.ts'

/** The id of lines in which BuildKit tells what it does; the rest of the line is base64 of a message of its own protocol. */
export const buildTraceId = 'moby.buildkit.trace'

/** Field numbers of BuildKit's control protocol (`StatusResponse`, `Vertex`, `VertexLog`). */
const statusFields = { vertex: 1, log: 3 }
const vertexFields = { digest: 1, name: 3, cached: 4, started: 5, error: 7 }
const logFields = { vertex: 1, text: 4 }

/** Turns BuildKit's reports into lines such as `#2 [1/2] COPY . /`. The client for engines garbles what commands print. */
export class BuildTrace {
  readonly #numbers = new Map<string, number>()
  readonly #told = new Set<string>()

  /** What is new in a report, a text with line ends. */
  read(base64: string): string {
    let text = ''
    for (const { number, value } of protobufFields(Buffer.from(base64, 'base64'))) {
      if (typeof value === 'bigint') continue
      if (number === statusFields.vertex) text += this.#step(value)
      if (number === statusFields.log) text += this.#output(value)
    }
    return text
  }

  #step(vertex: Uint8Array): string {
    const { [vertexFields.digest]: digest = '', [vertexFields.name]: name = '', ...more } = textsOf(vertex)
    const lines: string[] = []
    if (vertexFields.started in more) lines.push(name)
    if (vertexFields.cached in more) lines.push('CACHED')
    if (more[vertexFields.error]) lines.push(`ERROR: ${more[vertexFields.error]}`)
    const fresh = lines.map((line) => `#${this.#numberOf(digest)} ${line}\n`).filter((line) => !this.#told.has(line))
    for (const line of fresh) this.#told.add(line)
    return fresh.join('')
  }

  #output(log: Uint8Array): string {
    const { [logFields.vertex]: digest = '', [logFields.text]: text = '' } = textsOf(log)
    return text.replaceAll(/^(?=.)/gm, `#${this.#numberOf(digest)} `)
  }

  #numberOf(digest: string): number {
    const number = this.#numbers.get(digest) ?? this.#numbers.size + 1
    this.#numbers.set(digest, number)
    return number
  }
}

/** The last value of each field, as text. */
function textsOf(message: Uint8Array): Record<number, string> {
  const texts: Record<number, string> = {}
  for (const { number, value } of protobufFields(message)) {
    texts[number] = typeof value === 'bigint' ? String(value) : Buffer.from(value).toString('utf8')
  }
  return texts
}

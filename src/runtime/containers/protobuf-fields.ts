/** A field of a message: its number, and what it holds. Numbers stand for themselves, all else is bytes. */
export interface ProtobufField {
  readonly number: number
  readonly value: bigint | Uint8Array
}

/** Reads the fields of a message in their order. Stops at what it does not understand. */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; at < message.length; shift += 7n) {
      const byte = message[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return value
  }
  while (at < message.length) {
    const key = Number(varint())
    const number = key >>> 3
    switch (key & 7) {
      case 0:
        yield { number, value: varint() }
        break
      case 1:
        at += 8
        break
      case 2: {
        const length = Number(varint())
        yield { number, value: message.subarray(at, at + length) }
        at += length
        break
      }
      case 5:
        at += 4
        break
      default:
        return
    }
  }
}

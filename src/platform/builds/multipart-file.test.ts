import { expect, test } from 'vitest'
import { multipartFile, UploadError } from './multipart-file.ts'

const boundary = 'xxBOUNDARYxx'
const contentType = `multipart/form-data; boundary=${boundary}`
const field = (name: string, value: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const fileHead = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="c.tar.gz"\r\nContent-Type: application/gzip\r\n\r\n`

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(type: string | null, bytes: Uint8Array, size = 1000): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of multipartFile(type, inPieces(bytes, size))) pieces.push(piece)
  return Buffer.concat(pieces)
}

// Everything that looks a little like a boundary.
const content = Buffer.concat([
  Buffer.from(`\r\n--xxBOUND\r\n\r\n--`),
  Buffer.from([0, 255, 13, 10, 45, 45]),
  Buffer.alloc(5000, 7),
])
const body = Buffer.concat([
  Buffer.from(field('key', 'abc') + field('Content-Type', 'file; name="file"') + fileHead),
  content,
  Buffer.from(`\r\n${field('after', 'it')}--${boundary}--\r\n`),
])

test.each([1, 7, 64, 1000, 100_000])('the file comes out as it was, in pieces of %d bytes', async (size) => {
  expect(await read(contentType, body, size)).toEqual(content)
  expect(await read(`multipart/form-data; charset=utf-8; boundary="${boundary}"`, body, size)).toEqual(content)
})

test.each([
  ['a body without a boundary', 'application/gzip', body, /content-type/],
  ['a form without a file', contentType, Buffer.from(`${field('key', 'abc')}--${boundary}--\r\n`), /no field `file`/],
  ['one that broke off', contentType, body.subarray(0, 3000), /broke off/],
  [
    'fields without end',
    contentType,
    Buffer.from(field('key', 'x'.repeat(100_000))),
    /no field `file` at the beginning/,
  ],
] as const)('%s is refused', async (_what, type, bytes, message) => {
  await expect(read(type, bytes)).rejects.toThrow(UploadError)
  await expect(read(type, bytes)).rejects.toThrow(message)
})

test('what comes after the file is read as well, unless it has no end', async () => {
  let pieces = 0
  const counted = async function* (all: Iterable<Uint8Array>) {
    for (const piece of all) {
      pieces++
      yield piece
    }
  }
  for await (const _ of multipartFile(contentType, counted([body.subarray(0, -3), body.subarray(-3)])));
  expect(pieces).toBe(2)

  pieces = 0
  const endless = (function* () {
    yield body
    for (;;) yield Buffer.alloc(1024)
  })()
  for await (const _ of multipartFile(contentType, counted(endless)));
  expect(pieces).toBeLessThan(70)
})

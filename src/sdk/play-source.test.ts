import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AudioFormat, bytesOf, durationMs, l16At16k, l16At8k, mulaw8k } from '../audio/format.ts'
import { encodeL16 } from '../audio/l16.ts'
import { rmsDbfs } from '../audio/level.ts'
import { goertzel, tone } from '../audio/tone.ts'
import { fromPcm16, toPcm16 } from '../audio/transcode.ts'
import { encodeWav } from '../audio/wav.ts'
import { type PlayOptions, type PlaySource, readPlaySource } from './play-source.ts'

const formats = [mulaw8k, l16At8k, l16At16k]
const rates = [8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]
const levelDbfs = -12

const oneKilohertz = (sampleRateHz: number, durationMs = 700) =>
  tone({ frequencyHz: 1000, durationMs, sampleRateHz, levelDbfs })

async function piecesOf(source: PlaySource, options: PlayOptions = {}, format = mulaw8k): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for await (const piece of readPlaySource(source, options, format)) if (piece instanceof Uint8Array) pieces.push(piece)
  return pieces
}
const read = async (source: PlaySource, options?: PlayOptions, format?: AudioFormat): Promise<Buffer> =>
  Buffer.concat(await piecesOf(source, options, format))

const msOf = (piece: unknown) => (piece instanceof Uint8Array ? durationMs(mulaw8k, piece.length) : 0)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-play-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileOf(name: string, bytes: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

async function* inChunks(...chunks: (Uint8Array | Int16Array)[]): AsyncGenerator<Uint8Array | Int16Array> {
  for (const chunk of chunks) {
    await Promise.resolve()
    yield chunk
  }
}

const combinations = rates.flatMap((rateHz) => formats.map((format) => ({ rateHz, format })))

describe.each(combinations)(
  '1 kHz at $rateHz Hz, as $format.encoding at $format.sampleRateHz Hz',
  ({ rateHz, format }) => {
    it('lasts as long as before, to the sample, and is 1 kHz and nothing else', async () => {
      const samples = oneKilohertz(rateHz)
      const heard = toPcm16(await read(samples, { sampleRateHz: rateHz }, format), format)
      expect(Math.abs(heard.length - (samples.length * format.sampleRateHz) / rateHz)).toBeLessThanOrEqual(1)
      expect(goertzel(heard, format.sampleRateHz, 1000)).toBeCloseTo(levelDbfs, 0)
      expect(rmsDbfs(heard)).toBeCloseTo(levelDbfs, 0)
      for (const otherHz of [500, 2000, 3000]) expect(goertzel(heard, format.sampleRateHz, otherHz)).toBeLessThan(-45)
    })
  },
)

describe('what can be played', () => {
  const samples = oneKilohertz(16_000, 450)
  const wav = encodeWav(samples, 16_000)
  const bytes = encodeL16(samples)
  const expected = () => read(samples, { sampleRateHz: 16_000 })

  it('a WAV file by its path', async () => {
    expect(await read(await fileOf('by path.wav', wav))).toEqual(await expected())
  })

  it('a WAV file by its URL, as URL and as text', async () => {
    const url = pathToFileURL(await fileOf('by url.wav', wav))
    expect(await read(url)).toEqual(await expected())
    expect(await read(url.href)).toEqual(await expected())
  })

  it('a WAV file by a path from the working folder', async () => {
    const prompt = './examples/prompts/welcome.wav'
    expect((await read(prompt)).length).toBeGreaterThan(0)
    expect(await read(prompt)).toEqual(await read(join(process.cwd(), prompt)))
  })

  it('the bytes of a WAV file, whose own rate counts', async () => {
    expect(await read(wav, { sampleRateHz: 8000 })).toEqual(await expected())
    expect(await read(Buffer.concat([Buffer.of(1), wav]).subarray(1))).toEqual(await expected())
  })

  it('PCM as Int16Array, and as little-endian bytes', async () => {
    expect(await read(bytes, { sampleRateHz: 16_000 })).toEqual(await expected())
  })

  it('PCM as a list of pieces, and as pieces that come one by one', async () => {
    const pieces = [samples.subarray(0, 1000), samples.subarray(1000)]
    expect(await read(pieces, { sampleRateHz: 16_000 })).toEqual(await expected())
    expect(await read(inChunks(...pieces), { sampleRateHz: 16_000 })).toEqual(await expected())
  })

  it('PCM as the body of a response', async () => {
    const { body } = new Response(bytes)
    if (!body) throw new Error('a response without a body')
    expect(await read(body, { sampleRateHz: 16_000 })).toEqual(await expected())
  })

  it('PCM bytes that are cut anywhere, in the middle of samples too', async () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 40 })
    const whole = await expected()
    await fc.assert(
      fc.asyncProperty(cuts, async (cuts) => {
        const chunks: Uint8Array[] = []
        let at = 0
        for (const cut of cuts) chunks.push(bytes.subarray(at, (at += cut)))
        chunks.push(bytes.subarray(at))
        expect(await read(inChunks(...chunks), { sampleRateHz: 16_000 })).toEqual(whole)
      }),
      { numRuns: 40 },
    )
  })

  it('a piece of a megabyte behind half a sample', async () => {
    const chunks = [Uint8Array.of(0), new Uint8Array(1_000_001)]
    expect((await read(inChunks(...chunks), { sampleRateHz: 8000 })).length).toBe(500_001)
  })

  it('nothing, which is no error', async () => {
    expect(await piecesOf(new Int16Array(0), { sampleRateHz: 24_000 })).toEqual([])
    expect(await piecesOf([], { sampleRateHz: 24_000 })).toEqual([])
  })
})

describe('pieces', () => {
  it.each(rates)('of a long source at %d Hz last 200 ms at most, to the sample', async (rateHz) => {
    const pieces = await piecesOf(oneKilohertz(rateHz, 3000), { sampleRateHz: rateHz })
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(bytesOf(mulaw8k, 200) + 1)
    expect(pieces.length).toBeLessThan(20)
  })

  it('of a source that comes slowly are handed over as they come', async () => {
    const { promise: second, resolve: comes } = Promise.withResolvers<void>()
    async function* slow() {
      yield oneKilohertz(8000, 60)
      await second
      yield oneKilohertz(8000, 20)
    }
    const pieces = readPlaySource(slow(), { sampleRateHz: 8000 }, mulaw8k)
    const first = await pieces.next()
    expect(msOf(first.value)).toBe(60)
    comes()
    expect(msOf((await pieces.next()).value)).toBe(20)
    expect((await pieces.next()).done).toBe(true)
  })

  it('of a long source are made when they are wanted, so that the first need not wait for the last', async () => {
    const samples = oneKilohertz(48_000, 10_000)
    const pieces = readPlaySource(samples, { sampleRateHz: 48_000 }, mulaw8k)
    await pieces.next()
    samples.fill(0)
    const rest: Uint8Array[] = []
    for await (const piece of pieces) if (piece instanceof Uint8Array) rest.push(piece)
    expect(rmsDbfs(toPcm16(Buffer.concat(rest.slice(1)), mulaw8k))).toBeLessThan(-60)
  })

  it('that nobody wants any more close their source', async () => {
    let closed = false
    async function* source() {
      try {
        for (;;) yield oneKilohertz(8000, 20)
      } finally {
        closed = true
      }
    }
    const pieces = readPlaySource(source(), { sampleRateHz: 8000 }, mulaw8k)
    await pieces.next()
    await pieces.return()
    expect(closed).toBe(true)
  })

  it('are copies: the author may use the samples again', async () => {
    const samples = new Int16Array(160).fill(1000)
    const pieces = await piecesOf(samples, { sampleRateHz: 16_000 }, l16At16k)
    samples.fill(0)
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(fromPcm16(new Int16Array(160).fill(1000), l16At16k)))
  })
})

describe('a WAV file that comes in pieces', () => {
  const samples = oneKilohertz(16_000, 450)
  const wav = encodeWav([samples, samples], 16_000)
  const expected = () => read(samples, { sampleRateHz: 16_000 })
  const inPieces = (bytes: Uint8Array, ...cuts: number[]) => {
    let at = 0
    return inChunks(...cuts.map((cut) => bytes.subarray(at, (at += cut))), bytes.subarray(at))
  }

  it('is read like one that comes at once, wherever it is cut', async () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 30 })
    const whole = await expected()
    await fc.assert(
      fc.asyncProperty(cuts, async (cuts) => {
        expect(await read(inPieces(wav, ...cuts))).toEqual(whole)
      }),
      { numRuns: 40 },
    )
  })

  it.each([1, 2, 3, 11, 43, 44, 45])('is known by its beginning, of which %i bytes come first', async (cut) => {
    expect(await read(inPieces(wav, cut), { sampleRateHz: 8000 })).toEqual(await expected())
  })

  it('is played as it comes, before its end is there', async () => {
    async function* endless() {
      yield wav.subarray(0, 44)
      for (let at = 44; ; at = 44) yield wav.subarray(at, at + 6400)
    }
    const streamed = wav.slice()
    new DataView(streamed.buffer).setUint32(40, 0, true)
    async function* growing() {
      yield streamed.subarray(0, 44 + 6400)
      yield* endless()
    }
    const pieces = readPlaySource(growing(), {}, mulaw8k)
    expect((await pieces.next()).value).toBeInstanceOf(Uint8Array)
    await pieces.return()
  })

  it('may have no length, as from a writer that could not know it, and may go on behind its audio', async () => {
    const unknown = wav.slice()
    new DataView(unknown.buffer).setUint32(40, 0, true)
    expect(await read(inPieces(unknown, 50, 51))).toEqual(await expected())
    const tail = Buffer.concat([wav, Buffer.from('LIST\u0004\u0000\u0000\u0000junk')])
    expect(await read(inPieces(tail, 50, wav.length - 50, 3))).toEqual(await expected())
  })

  it('is not shifted when the author uses the buffer again', async () => {
    async function* reused() {
      const buffer = new Uint8Array(101)
      for (let at = 0; at < wav.length; at += 101) {
        const piece = wav.subarray(at, at + 101)
        buffer.set(piece)
        yield buffer.subarray(0, piece.length)
      }
    }
    expect(await read(reused())).toEqual(await expected())
  })

  it('without audio, or of a kind that is not supported, says so', async () => {
    await expect(read(inPieces(wav.subarray(0, 40), 10))).rejects.toThrow('data chunk is missing')
    const odd = wav.slice()
    new DataView(odd.buffer).setUint16(22, 0, true)
    await expect(read(inPieces(odd, 10))).rejects.toThrow('channels must be 1 or more, got 0')
    const endless = Buffer.concat([wav.subarray(0, 12), Buffer.from('LIST'), Buffer.alloc(2_000_000, 0xff)])
    await expect(read(inPieces(endless, 10))).rejects.toThrow('without audio in its first megabyte')
  })

  it('is PCM when it is too short to be anything else', async () => {
    expect(await read(inChunks(Uint8Array.of(1, 2), Uint8Array.of(3)), { sampleRateHz: 8000 })).toHaveLength(1)
  })
})

describe('words between the audio', () => {
  it('are marks at their place, whatever the rates', async () => {
    const audio = () => oneKilohertz(24_000, 300)
    const marks: unknown[] = []
    const source = inChunks(audio())
    async function* speech() {
      yield { text: 'one ' }
      yield* source
      yield { text: 'two ' }
      yield new Uint8Array(encodeL16(audio()))
      yield { text: 'end' }
    }
    for await (const piece of readPlaySource(speech(), { sampleRateHz: 24_000 }, mulaw8k))
      if (!(piece instanceof Uint8Array)) marks.push(piece)
    expect(marks).toEqual([
      { atMs: 0, text: 'one ' },
      { atMs: 300, text: 'two ' },
      { atMs: 600, text: 'end' },
    ])
  })
})

describe('what cannot be played says so with a TypeError', () => {
  const error = async (source: PlaySource, options?: PlayOptions): Promise<string> => {
    const thrown: unknown = await piecesOf(source, options).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(TypeError)
    return thrown instanceof TypeError ? thrown.message : ''
  }

  it('PCM without its rate', async () => {
    expect(await error(new Int16Array(8))).toBe('PCM needs its rate: call.play(pcm, { sampleRateHz: 24000 })')
    expect(await error(inChunks(new Uint8Array(8)))).toContain('PCM needs its rate')
  })

  it('a file that is not there, with the place where it was looked for', async () => {
    const path = join(folder, 'welcome.wav')
    expect(await error(path)).toBe(`${path}: there is no file ${path}`)
    expect(await error('./nowhere.wav')).toBe(`./nowhere.wav: there is no file ${join(process.cwd(), 'nowhere.wav')}`)
  })

  it('a file that cannot be read', async () => {
    expect(await error(folder)).toMatch(/: Error: EISDIR/)
  })

  it('a file that is no WAV', async () => {
    const path = await fileOf('song.mp3', 'ID3…')
    expect(await error(path)).toBe(`${path}: not a WAV file: does not begin with RIFF and WAVE`)
  })

  it('a WAV file of a kind that is not supported, with the part that is wrong', async () => {
    const wav = encodeWav(new Int16Array(8), 8000)
    new DataView(wav.buffer, wav.byteOffset).setUint16(22, 0, true)
    expect(await error(await fileOf('odd.wav', wav))).toMatch(/odd\.wav: channels must be 1 or more, got 0$/)
    expect(await error(wav)).toBe('channels must be 1 or more, got 0')
  })

  it.each(['https://example.com/welcome.wav', new URL('http://example.com/a.wav'), 'data:audio/wav;base64,UklGRg=='])(
    'what is not on this machine: %s',
    async (source) => {
      expect(await error(source)).toBe(`${String(source)}: only files can be played; fetch it first`)
    },
  )

  it('PCM of another kind, which would be noise', async () => {
    const floats: unknown = [Float32Array.of(0.5, -0.5)]
    expect(await error(floats as Int16Array[], { sampleRateHz: 8000 })).toContain('Int16Array or a Uint8Array')
    const numbers: unknown = [1, 2, 3]
    expect(await error(numbers as Int16Array[], { sampleRateHz: 8000 })).toContain('Int16Array or a Uint8Array')
  })
})

it('passes on what its source throws', async () => {
  async function* broken() {
    yield new Int16Array(160)
    throw new Error('the voice service hung up')
  }
  await expect(piecesOf(broken(), { sampleRateHz: 8000 })).rejects.toThrow('the voice service hung up')
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { mulaw8k } from '../../audio/format.ts'
import { type Frame, FrameReader, FrameWriter, frameType } from '../frames.ts'
import type { CallStart } from '../protocol.ts'
import { readJson } from '../wire.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const start: CallStart = { callId: 'c1', sessionId: 's1', headers: {}, format: mulaw8k, raw: '{}' }

/** A real host process that runs `source`. */
class HostProcess implements AsyncDisposable {
  readonly frames: Frame[] = []
  readonly connection: Duplex
  readonly exited: Promise<[code: number | null]>
  readonly stderr: Promise<string>
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #writer: FrameWriter

  private constructor(folder: string, bundle: string) {
    this.#folder = folder
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, bundle], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    this.exited = once(this.#child, 'close') as Promise<[number | null]>
    if (!this.#child.stderr) throw new Error('a process without stderr')
    this.stderr = text(this.#child.stderr)
    this.connection = this.#child.stdio[3] as Duplex
    this.connection.on('error', () => undefined)
    this.#writer = new FrameWriter(this.connection)
    const reader = new FrameReader()
    this.connection.on('data', (bytes: Buffer) => reader.push(bytes, (frame) => this.frames.push(frame)))
  }

  static async run(source: string): Promise<HostProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-host-'))
    const bundle = join(folder, 'bot.mjs')
    await writeFile(bundle, source)
    return new HostProcess(folder, bundle)
  }

  startCall(call: number): void {
    this.#writer.writeJson(frameType.start, call, start)
  }

  async ready(): Promise<this> {
    await expect.poll(() => this.frames.map((frame) => frame.type), { timeout: 20_000 }).toContain(frameType.ready)
    return this
  }

  get printed(): unknown[] {
    return this.frames.filter((frame) => frame.type === frameType.printed).map(readJson)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
    await rm(this.#folder, { recursive: true })
  }
}

test('a host process serves calls until its node closes the connection, and then ends, busy or not', async () => {
  await using host = await HostProcess.run(
    `setInterval(() => {}, 1000); export default { onCall: (call) => console.log('hello', call.id) }`,
  )
  await host.ready()
  host.startCall(1)
  await expect.poll(() => host.frames.map((frame) => frame.type)).toContain(frameType.returned)
  expect(host.printed).toEqual([{ stream: 'stdout', text: 'hello c1\n' }])
  host.connection.destroy()
  expect((await host.exited)[0]).toBe(0)
})

test('a file without a bot ends the process with what to write', async () => {
  await using host = await HostProcess.run(`export const bot = 1`)
  expect((await host.exited)[0]).toBe(1)
  expect(await host.stderr).toContain('the bot file has no bot: write `export default defineBot(')
})

test('a node that breaks the framing ends the process', async () => {
  await using host = await HostProcess.run(`export default { onCall() {} }`)
  await host.ready()
  host.connection.write(Buffer.alloc(16))
  expect((await host.exited)[0]).toBe(1)
  expect(await host.stderr).toContain('FramingError: a frame of 0 bytes')
})

test('a bot that prints why and exits is heard', async () => {
  await using host = await HostProcess.run(
    `export default { onCall() { console.error('the key is wrong'); process.exit(3) } }`,
  )
  await host.ready()
  host.startCall(1)
  expect((await host.exited)[0]).toBe(3)
  expect(host.printed).toEqual([{ stream: 'stderr', text: 'the key is wrong\n' }])
})

test('what a bot printed before it crashed is heard, and the crash leaves by the pipe', async () => {
  await using host = await HostProcess.run(
    `export default { onCall() { setTimeout(() => { console.log('now'); throw new Error('crashed') }); return new Promise(() => {}) } }`,
  )
  await host.ready()
  host.startCall(1)
  expect((await host.exited)[0]).toBe(1)
  expect(host.printed).toEqual([{ stream: 'stdout', text: 'now\n' }])
  expect(await host.stderr).toContain('Error: crashed')
})

/** Those who read the log of a node, or no longer do. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { answerUrlOf } from '../src/cli/local-plivo.ts'
import { findNode } from '../src/cli/node-file.ts'
import { dial } from '../src/simulator/index.ts'
import { patience } from './support/patience.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** Prints more than a pipe holds, then beeps. */
const chatty = `
  import { defineBot } from 'offhook'
  const beep = Int16Array.from({ length: 4000 }, (_, i) => 8000 * Math.sin(i / 4))
  export default defineBot(async (call) => {
    for (let line = 0; line < 2000; line++) console.log('x'.repeat(1000))
    await call.play(beep, { sampleRateHz: 8000 })
  })`

/** `offhook dev` with the chatty bot, in a terminal or behind a pipe, once it is ready. What it prints is read up to there. */
async function startChatty(folder: string, { inTerminal }: { readonly inTerminal: boolean }) {
  const file = join(folder, 'chatty.ts')
  await writeFile(file, chatty)
  const home = join(folder, 'home')
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const reader = createReadStream(pipe, { encoding: 'utf8' })
  // Each end is open once the other is.
  const writer = await open(pipe, 'w')
  const [program, ...words] = [process.execPath, resolve('bin/offhook.js'), 'dev', file]
  const environment = { ...process.env, PORT: '0', OFFHOOK_HOME: home, OFFHOOK_MAX_CALLS: '5' }
  const node = spawn(
    inTerminal ? 'script' : program,
    inTerminal ? ['-qefc', [program, ...words].join(' '), '/dev/null'] : words,
    { env: environment, stdio: ['ignore', writer.fd, 'ignore'] },
  )
  await writer.close()
  let printed = ''
  reader.on('data', (text) => {
    printed += String(text)
  })
  await expect.poll(() => printed, patience).toContain('Ctrl-C')
  return { node, home, reader }
}

async function callAt(home: string) {
  const at = await findNode(home)
  const { ended } = dial({
    answerUrl: answerUrlOf(at, 'chatty'),
    hangupUrl: `${at.url}/plivo/hangup`,
    authTokens: [at.authToken],
    maxDurationMs: 20_000,
  })
  return ended
}

const isLoud = (samples: Int16Array) => samples.some((sample) => Math.abs(sample) > 1000)

test.for([
  { what: 'whose terminal is halted', inTerminal: true },
  { what: 'whose log nobody reads any more', inTerminal: false },
])('a node $what serves its calls', async ({ inTerminal }) => {
  await using folder = await TemporaryFolder.create()
  const { node, home, reader } = await startChatty(folder.path, { inTerminal })
  try {
    if (inTerminal) reader.pause()
    else reader.destroy()
    for (let call = 0; call < 2; call++) {
      const { heard, hangup } = await callAt(home)
      expect(isLoud(heard.samples)).toBe(true)
      expect(hangup.source).toBe('Answer XML')
    }
    expect(node.exitCode).toBeNull()
  } finally {
    node.kill('SIGKILL')
    reader.destroy()
    if (node.exitCode === null && node.signalCode === null) await once(node, 'exit')
  }
})

test('a command whose reader goes away ends without a word', async () => {
  const command = spawn(process.execPath, [resolve('bin/offhook.js'), '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  command.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  command.stdout.destroy()
  await once(command, 'close')
  expect(said).toBe('')
})

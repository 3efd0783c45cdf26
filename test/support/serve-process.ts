import { join } from 'node:path'
import { answerUrlOf, startLocalPlivo } from '../../src/cli/local-plivo.ts'
import { findNode } from '../../src/cli/node-file.ts'
import { callParties } from '../../src/cli/place-call.ts'
import type { CallerAction, CallResult, SimulatedCall } from '../../src/simulator/index.ts'
import { type CommandResult, OffhookCommand, offhook } from './offhook-command.ts'
import { pause } from './patience.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const comesUpWithinMs = 30_000

/** `offhook serve` in a process and a home of its own, and commands of somebody who works with it. */
export class ServeProcess implements AsyncDisposable {
  readonly #folder: TemporaryFolder
  readonly #process: OffhookCommand

  private constructor(folder: TemporaryFolder, process: OffhookCommand) {
    this.#folder = folder
    this.#process = process
  }

  static async start(): Promise<ServeProcess> {
    const folder = await TemporaryFolder.create()
    const environment = { PORT: '0', OFFHOOK_HOME: join(folder.path, 'home'), PLIVO_AUTH_TOKEN: undefined }
    const node = new ServeProcess(folder, new OffhookCommand(['serve'], { environment }))
    const deadline = Date.now() + comesUpWithinMs
    while (!node.#process.stdout.includes('Ctrl-C')) {
      await pause(20)
      if (Date.now() < deadline) continue
      const { stdout } = node.#process
      await node[Symbol.asyncDispose]()
      throw new Error(`offhook serve does not come up:\n${stdout}`)
    }
    return node
  }

  /** A folder for the files of tests. */
  get folder(): string {
    return this.#folder.path
  }

  get home(): string {
    return join(this.folder, 'home')
  }

  get credentials(): string {
    return join(this.folder, 'config', 'credentials.json')
  }

  get url(): string {
    return /serves (\S+)/.exec(this.#process.stdout)?.[1] ?? ''
  }

  /** Of the owner of the first organization. */
  get token(): string {
    return /pcc_pat_[\w-]+/.exec(this.#process.stdout)?.[0] ?? ''
  }

  get organization(): string {
    return /Organization +(\S+)/.exec(this.#process.stdout)?.[1] ?? ''
  }

  /** The environment of a command. */
  get environment(): Record<string, string | undefined> {
    const nobody = { OFFHOOK_URL: undefined, OFFHOOK_TOKEN: undefined, OFFHOOK_ORGANIZATION: undefined }
    return { ...nobody, OFFHOOK_CREDENTIALS: this.credentials, OFFHOOK_HOME: this.home }
  }

  run(
    args: readonly string[],
    environment: Readonly<Record<string, string | undefined>> = {},
    cwd?: string,
  ): Promise<CommandResult> {
    return offhook(args, { cwd, environment: { ...this.environment, ...environment } })
  }

  /** What a command prints with `--json`. */
  async json(args: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run([...args, '--json'])
    if (code !== 0) throw new Error(`offhook ${args.join(' ')} exits with ${code}: ${stderr}`)
    return JSON.parse(stdout) as unknown
  }

  /** A call, signed as Plivo's are; `talk` may look at the node while it lasts, and end it. */
  async call(
    agent: string,
    caller: CallerAction[],
    talk: (call: SimulatedCall) => Promise<void> = async () => {},
  ): Promise<CallResult> {
    const node = await findNode(this.home)
    await using plivo = await startLocalPlivo(node)
    const call = plivo.api.switchboard.receive({
      ...callParties,
      answerUrl: answerUrlOf(node, agent, { plivoApi: plivo.url }),
      hangupUrl: `${node.url}/plivo/hangup`,
      caller,
      maxDurationMs: 60_000,
    })
    await talk(call)
    return await call.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM')
    await pause(100)
    // Twice: running calls end now.
    this.#process.kill('SIGTERM')
    await this.#process.ended
    await this.#folder[Symbol.asyncDispose]()
  }
}

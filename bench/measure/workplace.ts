import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stop } from 'esbuild'
import { bundleBot } from '../../src/runtime/bundle.ts'

const echoBot = fileURLToPath(new URL('../../examples/echo.ts', import.meta.url))
const speaksFirstBot = fileURLToPath(new URL('../bots/speaks-first.ts', import.meta.url))

/** What the measurements share: a folder that goes away, and the bots' bundles in it. */
export class Workplace implements AsyncDisposable {
  /** Fires when the bench is interrupted. */
  readonly signal: AbortSignal
  readonly home: string
  readonly echo: string
  readonly speaksFirst: string

  private constructor(home: string, signal: AbortSignal) {
    this.home = home
    this.signal = signal
    this.echo = join(home, 'echo.mjs')
    this.speaksFirst = join(home, 'speaks-first.mjs')
  }

  static async open(signal: AbortSignal): Promise<Workplace> {
    const workplace = new Workplace(await mkdtemp(join(tmpdir(), 'offhook-bench-')), signal)
    await bundleBot(echoBot, workplace.echo)
    await bundleBot(speaksFirstBot, workplace.speaksFirst)
    // Its service would go on as a process of its own.
    await stop()
    return workplace
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.home, { recursive: true, force: true })
  }
}

import { type FSWatcher, statSync, watch } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { systemClock, type Timer } from '../lib/clock.ts'
import { type Bundle, bundleBot } from '../runtime/bundle.ts'
import { UsageError } from './describe-error.ts'

/** Editors save in several steps. */
const settleMs = 100

interface BotSourceOptions {
  /** Of the agent. */
  readonly name: string
  /** For bundles. */
  readonly folder: string
}

/** A bot file on disk: bundles it, and again whenever it or what it imports is saved. */
export class BotSource implements AsyncDisposable {
  readonly file: string
  readonly agentName: string
  readonly #folder: string
  readonly #watchers = new Map<string, FSWatcher>()
  #sources = new Set<string>()
  #version = 0
  #timer: Timer | undefined
  #previous: string | undefined

  constructor(file: string, { name, folder }: BotSourceOptions) {
    this.file = resolve(file)
    this.agentName = name
    this.#folder = folder
    if (!statSync(this.file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`there is no bot file ${file}`)
  }

  get workingDirectory(): string {
    return dirname(this.file)
  }

  /** Throws a `BundleError` when the file is no good. */
  async bundle(): Promise<Bundle> {
    await mkdir(this.#folder, { recursive: true })
    const outFile = join(this.#folder, `${this.agentName}-${process.pid}-${++this.#version}.mjs`)
    const bundle = await bundleBot(this.file, outFile)
    this.#sources = new Set([this.file, ...bundle.sources])
    await this.#forgetPrevious()
    this.#previous = outFile
    return bundle
  }

  /** Calls `onSave` after one of the files has been saved. */
  watch(onSave: () => void): void {
    const folders = new Set([...this.#sources].map((path) => dirname(path)))
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue
      const watcher = watch(folder, (_event, name) => {
        if (name === null || !this.#sources.has(join(folder, name))) return
        this.#timer?.cancel()
        this.#timer = systemClock.after(settleMs, onSave)
      })
      this.#watchers.set(folder, watcher)
    }
  }

  /** Stops watching and removes the bundle. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
    await this.#forgetPrevious()
  }

  async #forgetPrevious(): Promise<void> {
    if (this.#previous === undefined) return
    await rm(this.#previous, { force: true })
    await rm(`${this.#previous}.map`, { force: true })
    this.#previous = undefined
  }
}

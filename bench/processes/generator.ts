/** The far end of all calls: a process of its own, so that what it costs can be told from what it measures. */
import { EchoLoad, type EchoLoadOptions } from '../generator/echo-load.ts'
import type { EchoResult } from '../generator/echo-window.ts'
import { type FirstWord, FirstWordCaller } from '../generator/first-word.ts'
import { serveTasks } from './tasks.ts'

let load: EchoLoad | undefined
let caller: FirstWordCaller | undefined

const loaded = () => load ?? fail('no calls are open')
const fail = (message: string): never => {
  throw new Error(message)
}

const tasks = {
  /** Returns why calls could not be opened. */
  async openEchoCalls(options: EchoLoadOptions): Promise<readonly string[]> {
    load = new EchoLoad(options)
    return load.open()
  },

  stream: ({ warmUpMs }: { readonly warmUpMs: number }): Promise<void> => loaded().stream(warmUpMs),

  measure: ({ windowMs }: { readonly windowMs: number }): Promise<void> => loaded().measure(windowMs),

  finish: ({ graceMs }: { readonly graceMs: number }): Promise<EchoResult> => loaded().finish(graceMs),

  dial({ port }: { readonly port: number }): void {
    caller = new FirstWordCaller(port)
  },

  /** Makes one call after `inMs`. It stays open until `hangUp`. */
  async callOnce({ inMs }: { readonly inMs: number }): Promise<FirstWord> {
    const ready = caller ?? fail('nobody was told whom to call')
    return ready.call(performance.now() + inMs)
  },

  /** Makes calls one after another, one every `everyMs`, each ended once its first word was heard. */
  async callEach(options: { readonly calls: number; readonly everyMs: number }): Promise<readonly FirstWord[]> {
    const ready = caller ?? fail('nobody was told whom to call')
    const words: FirstWord[] = []
    let dueAt = performance.now() + options.everyMs
    while (words.length < options.calls) {
      words.push(await ready.call(dueAt))
      await ready.hangUp()
      dueAt = Math.max(dueAt + options.everyMs, performance.now() + options.everyMs / 4)
    }
    return words
  },

  /** Makes calls all at once, but for `everyMs` from one to the next. They stay open until `hangUp`. */
  async callStorm(options: { readonly calls: number; readonly everyMs: number }): Promise<readonly FirstWord[]> {
    const ready = caller ?? fail('nobody was told whom to call')
    const startAt = performance.now() + 100
    return Promise.all(Array.from({ length: options.calls }, (_, n) => ready.call(startAt + n * options.everyMs)))
  },

  hangUp: async (): Promise<void> => caller?.hangUp(),
}

export type GeneratorTasks = typeof tasks

serveTasks(tasks)

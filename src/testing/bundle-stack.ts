import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { types } from 'node:util'

/** Test runners write stacks their own way, and then nobody follows the source map of a bundle. */
export class BundleStack {
  readonly #path: string
  readonly #map: SourceMap
  readonly #places: RegExp

  constructor(path: string, map: string) {
    this.#path = path
    this.#map = new SourceMap(JSON.parse(map) as SourceMapPayload)
    const names = [pathToFileURL(path).href, path].map((name) => name.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
    this.#places = new RegExp(`(?:${names.join('|')}):(\\d+):(\\d+)`, 'g')
  }

  /** Runs a part of the bot; the stack of what it throws names places in the source. */
  async mapping<T>(run: () => T | Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      this.#mapStack(error)
      throw error
    }
  }

  #mapStack(error: unknown): void {
    for (let cause = error; types.isNativeError(cause); cause = cause.cause) {
      const { stack } = cause
      if (stack !== undefined) cause.stack = this.#mapped(stack)
    }
  }

  #mapped(stack: string): string {
    return stack.replaceAll(this.#places, (place, line, column) => this.#sourcePlace(+line, +column) ?? place)
  }

  #sourcePlace(line: number, column: number): string | undefined {
    const origin = this.#map.findOrigin(line, column)
    if (!('fileName' in origin)) return undefined
    return `${resolve(dirname(this.#path), origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`
  }
}

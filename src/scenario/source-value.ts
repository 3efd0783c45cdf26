import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { FileProblem, type Place } from './file-problem.ts'
import type { SourceFile } from './source-file.ts'
import { plainKey, suggestion } from './suggestion.ts'

export interface SourceValueOptions {
  readonly node: Node | null
  readonly offset: number
  /** Its path in the scenario, such as `steps[2].hear`. */
  readonly field: string
  readonly file: SourceFile
  readonly document: Document
}

/** A value with its place in the file. What it is not, it says in a `FileProblem`. */
export class SourceValue {
  readonly field: string
  readonly #options: SourceValueOptions
  readonly #node: Node | null

  constructor(options: SourceValueOptions) {
    const { node, field, document } = options
    this.#options = options
    this.#node = (isAlias(node) ? node.resolve(document) : node) ?? null
    this.field = field
  }

  get place(): Place {
    return this.#options.file.placeOf(this.#options.offset)
  }

  get file(): SourceFile {
    return this.#options.file
  }

  /** Its text in the file, on one line. */
  get excerpt(): string {
    return this.#node ? this.file.excerpt(this.#node) : ''
  }

  get isEmpty(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null)
  }

  get isMap(): boolean {
    return isMap(this.#node)
  }

  get hasNoFields(): boolean {
    return !isMap(this.#node) || this.#node.items.length === 0
  }

  get isList(): boolean {
    return isSeq(this.#node)
  }

  fail(problem: string): never {
    throw new FileProblem(this.place, this.field, problem)
  }

  /** Keeps the problem, and goes on. */
  report(problem: string): void {
    this.file.report(this.#options.offset, this.field, problem)
  }

  /** Numbers come as they were written, so that `0123` keeps its zero. */
  text(what = 'a text'): string {
    if (this.isEmpty) this.fail(`must be ${what}, and there is nothing`)
    if (!isScalar(this.#node)) this.fail(`must be ${what}, and not a ${this.isMap ? 'map' : 'list'}`)
    const { value, source } = this.#node
    return typeof value === 'string' ? value : (source ?? String(value))
  }

  list(what: string): SourceValue[] {
    if (!isSeq(this.#node)) this.fail(`must be ${what}`)
    return this.#node.items.map((item, i) => this.#child(asNode(item), `${this.field}[${i}]`))
  }

  /** Its fields; those that are not `known` become problems. */
  map(known: readonly string[], what = 'a map'): SourceMap {
    if (!isMap(this.#node)) this.fail(`must be ${what} with ${known.join(', ')}`)
    const values = new Map<string, SourceValue>()
    for (const { key, value } of this.#node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      const match = known.find((one) => plainKey(one) === plainKey(name))
      const field = this.field === '' ? name : `${this.field}.${name}`
      const keyOffset = (isScalar(key) ? key.range?.[0] : undefined) ?? this.#options.offset
      if (match === undefined)
        this.file.report(keyOffset, field, `is unknown${suggestion(name, known)}; there is: ${known.join(', ')}`)
      else if (values.has(match)) this.file.report(keyOffset, field, 'is there twice')
      else values.set(match, this.#child(asNode(value), field, keyOffset))
    }
    return new SourceMap(this, values)
  }

  /** A map of texts, whatever its keys are. */
  texts(): Readonly<Record<string, string>> {
    if (!isMap(this.#node)) this.fail('must be a map')
    return Object.fromEntries(
      this.#node.items.map(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : ''
        return [name, this.#child(asNode(value), `${this.field}.${name}`).text()]
      }),
    )
  }

  /** The fields of a map, whatever their names are. */
  entries(what: string): { readonly name: string; readonly value: SourceValue }[] {
    if (!isMap(this.#node)) this.fail(`must be ${what}`)
    return this.#node.items.map(({ key, value }) => {
      // As it was written: a telephone number must not lose its zeros.
      const name = isScalar(key) ? (key.source ?? String(key.value)) : ''
      return { name, value: this.#child(asNode(value), `${this.field}.${name}`) }
    })
  }

  /** The only field of a map with one. */
  entry(known: readonly string[], what: string): { readonly name: string; readonly value: SourceValue } {
    if (!isMap(this.#node)) this.fail(`must be ${what}: ${known.join(', ')}`)
    const [first, second] = this.#node.items
    if (second !== undefined) {
      const key = isScalar(second.key) ? String(second.key.value) : ''
      this.fail(`has two fields, and a step has one: put "${key}" on a line of its own after "- ", or inside of { }`)
    }
    const name = first && isScalar(first.key) ? String(first.key.value) : ''
    const value = first?.value ?? null
    return { name, value: this.#child(asNode(value), `${this.field}.${name}`) }
  }

  #child(node: Node | null, field: string, offset = this.#options.offset): SourceValue {
    return new SourceValue({ ...this.#options, node, field, offset: node?.range?.[0] ?? offset })
  }
}

/** Fields of a map, by the names under which they are known. */
export class SourceMap {
  readonly of: SourceValue
  readonly #values: ReadonlyMap<string, SourceValue>

  constructor(of: SourceValue, values: ReadonlyMap<string, SourceValue>) {
    this.of = of
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** Not even unknown fields. */
  get isEmpty(): boolean {
    return this.#values.size === 0 && this.of.hasNoFields
  }

  get names(): readonly string[] {
    return [...this.#values.keys()]
  }

  /** Undefined when the field is not there. */
  read<T>(name: string, read: (value: SourceValue) => T): T | undefined {
    const value = this.#values.get(name)
    return value && read(value)
  }

  /** The same, and a field that cannot be read is a problem by itself, so that the others are read too. */
  attempt<T>(name: string, read: (value: SourceValue) => T): T | undefined {
    return this.of.file.attempt(() => this.read(name, read))
  }
}

const asNode = (value: unknown): Node | null =>
  isMap(value) || isSeq(value) || isScalar(value) || isAlias(value) ? value : null

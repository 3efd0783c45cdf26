import { isJsonObject, readNumber, wrongField, type JsonObject } from '../json-fields.ts'

/** Reads an object of a REST reply. Failures name the field with its path, `objects[2].call_uuid`. */
export class ReplyFields {
  readonly #object: JsonObject
  readonly #path: string

  constructor(object: JsonObject, path = '') {
    this.#object = object
    this.#path = path
  }

  text(name: string): string {
    const text = this.optionalText(name)
    if (text === undefined) throw wrongField(this.#pathOf(name), 'a text', undefined)
    return text
  }

  /** Plivo writes `null`, nothing, or an empty text alike. */
  optionalText(name: string): string | undefined {
    const value = this.#object[name]
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'string') return value
    // A longer number has lost digits already.
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
    throw wrongField(this.#pathOf(name), 'a text', value)
  }

  /** Not negative; a number or a text, as they differ from page to page (Plivo reference 7.7). */
  optionalNumber(name: string): number | undefined {
    const value = this.#object[name]
    return value === undefined || value === null || value === '' ? undefined : readNumber(value, this.#pathOf(name))
  }

  optionalFlag(name: string): boolean | undefined {
    const value = this.#object[name]
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'boolean') return value
    if (value === 'true' || value === 'false') return value === 'true'
    throw wrongField(this.#pathOf(name), 'true or false', value)
  }

  object(name: string): ReplyFields {
    const value = this.#object[name]
    if (!isJsonObject(value)) throw wrongField(this.#pathOf(name), 'an object', value)
    return new ReplyFields(value, this.#pathOf(name))
  }

  objects(name: string): readonly ReplyFields[] {
    return this.#list(name).map((item, index) => {
      const path = `${this.#pathOf(name)}[${index}]`
      if (!isJsonObject(item)) throw wrongField(path, 'an object', item)
      return new ReplyFields(item, path)
    })
  }

  /** One text, or a list of them. */
  texts(name: string): readonly string[] {
    if (typeof this.#object[name] === 'string') return [this.text(name)]
    return this.#list(name).map((item, index) => {
      if (typeof item === 'string' && item !== '') return item
      throw wrongField(`${this.#pathOf(name)}[${index}]`, 'a text', item)
    })
  }

  #list(name: string): readonly unknown[] {
    const value = this.#object[name]
    if (Array.isArray(value)) return value
    throw wrongField(this.#pathOf(name), 'a list', value)
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }
}

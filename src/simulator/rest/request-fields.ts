import type { HttpMethod } from '../webhook-sender.ts'
import { isWebUrl } from '../url-settings.ts'
import { invalid, missing } from './api-error.ts'

/** The arguments of a request by their names on the wire; whatever their JSON type was, they are texts here. */
export type FieldTexts = Readonly<Record<string, string>>

interface WholeNumber {
  readonly least: number
  readonly most?: number
}

/** Reads the arguments of one request. All methods throw an `ApiError` of 400 that names the field (Plivo reference 7.1). */
export class RequestFields {
  readonly #texts: ReadonlyMap<string, string>

  constructor(texts: FieldTexts) {
    this.#texts = new Map(Object.entries(texts))
  }

  /** Whether the field was sent, be it empty. */
  has(name: string): boolean {
    return this.#texts.has(name)
  }

  /** An empty argument says no more than a missing one. */
  text(name: string): string | undefined {
    return this.#texts.get(name)?.trim() || undefined
  }

  required(name: string): string {
    const text = this.text(name)
    if (text === undefined) throw missing(name)
    return text
  }

  whole(name: string, { least, most = Number.MAX_SAFE_INTEGER }: WholeNumber): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw invalid(name, most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `${least} to ${most}`)
  }

  flag(name: string, standard: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], standard ? 'true' : 'false') === 'true'
  }

  oneOf<const T extends string>(name: string, values: readonly T[], standard: NoInfer<T>): T {
    return this.choice(name, values) ?? standard
  }

  choice<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = values.find((value) => value.toLowerCase() === text.toLowerCase())
    if (value === undefined) throw invalid(name, `one of ${values.join(', ')}`)
    return value
  }

  /** Default `POST`. */
  method(name: string): HttpMethod {
    return this.oneOf(name, ['GET', 'POST'], 'POST')
  }

  webUrl(name: string): string | undefined {
    const text = this.text(name)
    if (text !== undefined && !isWebUrl(text)) throw invalid(name, 'an http or https URL')
    return text
  }

  requiredWebUrl(name: string): string {
    const url = this.webUrl(name)
    if (url === undefined) throw missing(name)
    return url
  }
}

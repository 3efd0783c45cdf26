import { isWebUrl } from './url-settings.ts'
import type { XmlElement } from './xml-document.ts'

/** Reads attributes that have a default; what is not as it should be gets the default and a warning. */
export class AttributeReader {
  readonly #element: XmlElement
  readonly #warn: (text: string) => void

  constructor(element: XmlElement, warn: (text: string) => void) {
    this.#element = element
    this.#warn = warn
  }

  text(name: string): string | undefined {
    return this.#element.attributes[name]
  }

  /** Exactly `true` or `false`. */
  boolean(name: string, standard: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], standard ? 'true' : 'false') === 'true'
  }

  /** A whole number from `least`, of at most nine digits. */
  whole(name: string, { least, standard }: { least: number; standard: number }): number {
    const text = this.text(name)
    if (text === undefined) return standard
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
    this.#complain(name, `is no whole number from ${least}`, String(standard))
    return standard
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], standard: Choice): Choice {
    const text = this.text(name)
    if (text === undefined) return standard
    const chosen = choices.find((choice) => choice === text)
    if (chosen === undefined) this.#complain(name, `is none of ${choices.join(', ')}`, standard)
    return chosen ?? standard
  }

  /** An http or https URL. */
  webUrl(name: string): string | undefined {
    const url = this.text(name)?.trim()
    if (url === undefined || isWebUrl(url)) return url
    this.#complain(name, 'is no http or https URL', 'unset')
    return undefined
  }

  #complain(name: string, problem: string, taken: string): void {
    this.#warn(`${this.#element.name} ${name}="${this.text(name)}" ${problem}: taken as ${taken}`)
  }
}

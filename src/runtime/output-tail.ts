const maxCharacters = 4000

/** The last words of a process, for the person who must find out why it died. */
export class OutputTail {
  #text = ''

  add(text: string): void {
    this.#text = (this.#text + text).slice(-maxCharacters)
  }

  /** Empty when nothing was said, else a colon, a new line and the words. */
  quoted(): string {
    const text = this.#text.trim()
    return text === '' ? '' : `:\n${text}`
  }
}

/** Does things one after another. */
export class Line {
  #last: Promise<void> = Promise.resolve()
  /** Steps that have not been done. */
  #waiting = 0

  /** `step` must not reject: the line would stop. */
  join(step: () => Promise<void> | void): void {
    this.#waiting++
    this.#last = this.#last.then(step).then(() => void this.#waiting--)
  }

  /** Does it now when nothing waits before it. */
  joinOrDo(step: () => void): void {
    if (this.#waiting === 0) step()
    else this.join(step)
  }
}

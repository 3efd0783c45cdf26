/** Plays what a server sent, frame by frame, as Plivo does; it only counts, which is enough to answer checkpoints. */
export class PlayedFrames {
  #came = 0
  #played = 0
  readonly #checkpoints: { readonly name: string; readonly behind: number }[] = []

  frame(): void {
    this.#came++
  }

  checkpoint(name: string): void {
    this.#checkpoints.push({ name, behind: this.#came })
  }

  /** 20 ms later. Calls `reached` for each checkpoint all of whose audio has been played by now, in order. */
  tick(reached: (name: string) => void): void {
    for (let first = this.#checkpoints[0]; first && first.behind <= this.#played; first = this.#checkpoints[0]) {
      this.#checkpoints.shift()
      reached(first.name)
    }
    if (this.#played < this.#came) this.#played++
  }
}

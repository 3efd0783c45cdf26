import { type AudioChunk, type Call, defineBot } from 'offhook'

const answers: Record<string, string> = {
  '1': './prompts/hours.wav',
  '2': './prompts/address.wav',
  '3': './prompts/joke.wav',
}

/** Greets, offers a menu, answers it, and repeats what the caller says. Any prompt is cut short by voice or key. */
export default defineBot(async (call) => {
  call.play('./prompts/welcome.wav')
  call.play('./prompts/menu.wav')

  const said = new Recorder()
  for await (const event of call) {
    switch (event.type) {
      case 'audio':
        said.add(event.audio)
        break
      case 'speech.started':
        call.clear()
        said.keep()
        break
      case 'speech.ended':
        repeat(call, said.take())
        break
      case 'dtmf': {
        call.clear()
        if (event.digit === '#') {
          await call.play('./prompts/goodbye.wav')
          return
        }
        console.log(`${call.from} pressed ${event.digit}`)
        call.play(answers[event.digit] ?? './prompts/not-understood.wav')
      }
    }
  }
})

function repeat(call: Call, chunks: readonly AudioChunk[]): void {
  const samples = chunks.map((chunk) => chunk.pcm16())
  call.play(samples, { sampleRateHz: call.format.sampleRateHz })
}

/** Keeps the last 300 ms, because speech is noticed only once it has begun; and all of it from then on. */
class Recorder {
  #chunks: AudioChunk[] = []
  #keeping = false

  add(chunk: AudioChunk): void {
    this.#chunks.push(chunk)
    if (!this.#keeping && this.#chunks.length > 15) this.#chunks.shift()
  }

  keep(): void {
    this.#keeping = true
  }

  take(): AudioChunk[] {
    this.#keeping = false
    return this.#chunks.splice(0)
  }
}

/** An echo that takes longer misses its turn twice: the caller hears a gap. */
export const lateEchoMs = 40

/** Beyond these the generator measures itself, not the server. */
const reliable = { latenessP99Ms: 5, cpuPercent: 70 }

export const isReliable = (generator: { readonly cpuPercent: number; readonly latenessP99Ms: number }): boolean =>
  generator.cpuPercent <= reliable.cpuPercent && generator.latenessP99Ms <= reliable.latenessP99Ms

/** For `expect.poll`: long, because the machine may be busy with other things. */
export const patience = { timeout: 20_000, interval: 10 }

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

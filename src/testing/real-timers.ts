import { AsyncLocalStorage, createHook } from 'node:async_hooks'

const bots = new AsyncLocalStorage<true>()

/** Real timers of bots, set while somebody watched, that have neither fired nor been cleared. */
const timers = new Map<number, object>()
let watchers = 0

const hook = createHook({
  init(asyncId, type, _trigger, resource) {
    if (type === 'Timeout' && bots.getStore()) timers.set(asyncId, resource)
  },
  destroy: (asyncId) => void timers.delete(asyncId),
})

/** Runs what belongs to a bot: the timers that it sets, however far it wanders through promises, count. */
export const runBot = <T>(run: () => T): T => bots.run(true, run)

/**
 * Follows the real timers of bots one by one: counting all is not enough, for those of the test runner come and go. The
 * hook makes promises slower, so it is there only while calls are.
 */
export function watchRealTimers(): Disposable {
  if (watchers++ === 0) hook.enable()
  let watching = true
  return {
    [Symbol.dispose]() {
      if (!watching) return
      watching = false
      if (--watchers > 0) return
      hook.disable()
      timers.clear()
    },
  }
}

/** Whether one of them waits that would keep the process alive. */
export function realTimersWait(): boolean {
  for (const timer of timers.values()) {
    if ('hasRef' in timer && typeof timer.hasRef === 'function' && timer.hasRef() === true) return true
  }
  return false
}

import type { SessionWatcher } from './session-watcher.ts'

/** One watcher that tells all of them, in their order. The first that traces a session says how. */
export function allWatchers(watchers: readonly SessionWatcher[]): SessionWatcher {
  const each = (tell: (watcher: SessionWatcher) => void) => {
    for (const watcher of watchers) tell(watcher)
  }
  return {
    onOpened: (session) => each((watcher) => watcher.onOpened(session)),
    onBegun: (session, begin) => each((watcher) => watcher.onBegun(session, begin)),
    onResumed: (session, resume) => each((watcher) => watcher.onResumed?.(session, resume)),
    onRemembered: (session, memory) => each((watcher) => watcher.onRemembered?.(session, memory)),
    onSpoke: (session, afterMs) => each((watcher) => watcher.onSpoke?.(session, afterMs)),
    onLate: (session, frames) => each((watcher) => watcher.onLate?.(session, frames)),
    onMoment: (session, moment) => each((watcher) => watcher.onMoment?.(session, moment)),
    onRecording: (session, recording) => each((watcher) => watcher.onRecording?.(session, recording)),
    onPrinted: (session, stream, line) => each((watcher) => watcher.onPrinted(session, stream, line)),
    onEnded: (session, ending) => each((watcher) => watcher.onEnded(session, ending)),
    onCallOver: (call, end) => each((watcher) => watcher.onCallOver?.(call, end)),
    traceparentOf(session) {
      for (const watcher of watchers) {
        const traceparent = watcher.traceparentOf?.(session)
        if (traceparent !== undefined) return traceparent
      }
      return undefined
    },
  }
}

import type { SessionWatcher } from '../session-watcher.ts'

/** Tells a capacity of the frames that left too late. */
export const lateFramesWatcher = (capacity: { late(frames: number): void }): SessionWatcher => ({
  onOpened() {},
  onBegun() {},
  onPrinted() {},
  onEnded() {},
  onLate: (_session, frames) => capacity.late(frames),
})

import type { MachineLoad } from '../../lib/machine-load.ts'

/** What a node has learnt of itself. Shares and costs in processors, memory in bytes, times in milliseconds. */
export interface CapacityState {
  /** Smoothed, all of them over the same time: what the calls of that time cost can be told from them. */
  readonly calls: number
  readonly mainShare: number
  readonly busyCores: number
  readonly availableBytes: number
  readonly lagMs: number
  /** Frames a second that left too late to be heard in time, of all calls together. */
  readonly lateFrames: number
  /** While there were no calls. */
  readonly idleCores: number
  readonly idleAvailableBytes: number
  readonly cores: number
  readonly memoryBytes: number
}

export interface Room {
  /** Calls that it can take besides those it has. */
  readonly room: number
  /** What it would run out of first. */
  readonly limit: 'event-loop' | 'processors' | 'memory' | 'lag' | 'late-frames'
}

/** What a node had to do for some time. */
export interface Stretch {
  readonly load: MachineLoad
  readonly calls: number
  /** How many left too late to be heard in time. */
  readonly lateFrames: number
  readonly elapsedMs: number
}

/** Over which what is measured is averaged: a start or a collection of garbage is no load. */
const smoothMs = 10_000
/** What a call costs, as long as few have been seen: a process of its own that relays audio. */
const expected = { main: 0.005, cores: 0.02, bytes: 64 * 1024 * 1024 }
/** As many calls must have been seen before what they cost counts as much as what was expected. */
const expectedCalls = 20
/** How much of each may be used. */
const most = { main: 0.7, cores: 0.9, memory: 0.9 }
/** An event loop that is later than that holds up everybody's audio, which is sent 200 ms ahead. */
const mostLagMs = 50
/** Of the frames that calls can have, 50 a second each, so many may be late: one in two hundred is a click now and then. */
const mostLateShare = 0.005
const framesPerSecond = 50
/** So many calls are taken whatever was measured; but not without memory. */
const alwaysCalls = 10
const leastBytes = 128 * 1024 * 1024

/** Before anything is known but the machine. */
export const firstState = ({ cores, memoryBytes, availableBytes }: MachineLoad): CapacityState => ({
  calls: 0,
  mainShare: 0,
  busyCores: 0,
  lagMs: 0,
  lateFrames: 0,
  availableBytes,
  idleCores: 0,
  idleAvailableBytes: availableBytes,
  cores,
  memoryBytes,
})

/** What is known after another stretch of time. */
export function nextState(before: CapacityState, { load, calls, lateFrames, elapsedMs }: Stretch): CapacityState {
  const weight = 1 - Math.exp(-elapsedMs / smoothMs)
  const smooth = (old: number, now: number) => old + (now - old) * weight
  const idle = calls === 0 && before.calls < 0.5
  return {
    calls: smooth(before.calls, calls),
    mainShare: smooth(before.mainShare, load.mainShare),
    busyCores: smooth(before.busyCores, load.busyCores),
    availableBytes: smooth(before.availableBytes, load.availableBytes),
    lagMs: smooth(before.lagMs, load.lagMs),
    lateFrames: smooth(before.lateFrames, (lateFrames / Math.max(1, elapsedMs)) * 1000),
    idleCores: idle ? smooth(before.idleCores, load.busyCores) : before.idleCores,
    idleAvailableBytes: idle ? smooth(before.idleAvailableBytes, load.availableBytes) : before.idleAvailableBytes,
    cores: load.cores,
    memoryBytes: load.memoryBytes,
  }
}

/** How many more a node with `calls` can take. Those that have just come are counted with what a call costs. */
export function estimateRoom(state: CapacityState, calls: number): Room {
  const newer = calls - state.calls
  const roomOf = (allowed: number, used: number, cost: number) => Math.floor((allowed - used) / cost - newer)
  const bytesUsed = Math.max(0, state.idleAvailableBytes - state.availableBytes)
  const bytesLeft = state.availableBytes - (1 - most.memory) * state.memoryBytes
  const rooms: Room[] = [
    { limit: 'event-loop', room: roomOf(most.main, state.mainShare, costOf(state, state.mainShare, expected.main)) },
    {
      limit: 'processors',
      room: roomOf(
        most.cores * state.cores,
        state.busyCores,
        costOf(state, state.busyCores - state.idleCores, expected.cores),
      ),
    },
    { limit: 'memory', room: roomOf(bytesLeft, 0, costOf(state, bytesUsed, expected.bytes)) },
    ...(state.lagMs > mostLagMs ? [{ limit: 'lag', room: 0 } as const] : []),
    ...(isLate(state) ? [{ limit: 'late-frames', room: 0 } as const] : []),
  ]
  const least = rooms.reduce((a, b) => (b.room < a.room ? b : a))
  const always = state.availableBytes < leastBytes ? 0 : alwaysCalls - calls
  return { limit: least.limit, room: Math.max(0, least.room, always) }
}

const isLate = ({ lateFrames, calls }: CapacityState) =>
  lateFrames > mostLateShare * framesPerSecond * Math.max(1, calls)

/** Of one call: what was measured, leaning on what was expected as long as few calls were seen. */
const costOf = ({ calls }: CapacityState, used: number, expectedCost: number): number =>
  (Math.max(0, used) + expectedCost * expectedCalls) / (calls + expectedCalls)

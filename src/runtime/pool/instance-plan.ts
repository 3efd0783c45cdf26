/** How large a pool is to be. */
export interface PoolSizes {
  /** Calls at once in one instance. */
  readonly sessionsPerInstance: number
  /** Instances that are there whether anybody calls or not. */
  readonly warmInstances: number
  /** Instances at most, starting ones included. */
  readonly maxInstances: number
  /** Free places for each one in use, beyond which nothing is started ahead of need. 0: none are kept. */
  readonly bufferShare: number
  /** How long an instance that nobody needs any more is kept. */
  readonly cooldownMs: number
}

/** An instance that takes calls, as the plan sees it. */
export interface PlannedInstance {
  readonly id: string
  /** Places in use or promised. */
  readonly held: number
  readonly free: number
  /** Since when nobody has held a place; undefined: somebody does. */
  readonly idleSince: number | undefined
}

/** Times are milliseconds on one scale. */
export interface PoolState {
  readonly now: number
  readonly instances: readonly PlannedInstance[]
  readonly starting: number
  /** Callers who wait for a place. */
  readonly waiting: number
  /** When somebody last held a place or waited for one; undefined: never. */
  readonly lastNeededAt: number | undefined
}

export interface InstancePlan {
  /** Instances to start because somebody waits. */
  readonly startForCallers: number
  /** Instances to start ahead of need. */
  readonly startAhead: number
  /** Ids of instances to end. */
  readonly stop: readonly string[]
  /** When to plan again even if nothing happens. */
  readonly lookAgainAt: number | undefined
}

/**
 * What a pool has to start and to end. Besides an instance for everybody who waits, it keeps the warm ones, half as many free
 * places as are in use (`bufferShare`), and one instance while the last call is no longer ago than the cool-down.
 */
export function planInstances(state: PoolState, sizes: PoolSizes): InstancePlan {
  const { sessionsPerInstance, maxInstances } = sizes
  const { instances, starting, waiting } = state
  const goal = goalOf(state, sizes)
  const free = instances.filter((instance) => instance.free > 0)
  const freePlaces = sum(free.map((instance) => instance.free))
  const wanted = Math.ceil(waiting / sessionsPerInstance)
  const room = Math.max(0, maxInstances - instances.length - starting)
  const startForCallers = clamp(wanted - starting, room)
  // Who waits is not kept waiting by instances for those who do not call yet.
  if (waiting > 0) return { startForCallers, startAhead: 0, stop: [], lookAgainAt: undefined }
  const missingPlaces = Math.ceil((goal.places - freePlaces) / sessionsPerInstance)
  const startAhead = clamp(Math.max(goal.instances - free.length, missingPlaces) - starting, room)
  const { stop, lookAgainAt } = coolDown(state, sizes, goal)
  return { startForCallers, startAhead, stop, lookAgainAt: earliest(lookAgainAt, unfitAt(state)) }
}

/** When the first of those that may need just a moment has had it. */
const unfitAt = ({ now, instances }: PoolState): number | undefined =>
  instances.reduce<number | undefined>((first, { free, idleSince }) => {
    if (free > 0 || idleSince === undefined || now - idleSince >= unfitMs) return first
    return earliest(first, idleSince + unfitMs)
  }, undefined)

const earliest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)

/** A bot that has no call and takes none is not one of the warm ones; after a call it may need a moment. */
const unfitMs = 2000
const isUnfit = ({ free, idleSince }: PlannedInstance, now: number): boolean =>
  free === 0 && idleSince !== undefined && now - idleSince >= unfitMs

interface Goal {
  /** Instances with a free place. */
  readonly instances: number
  /** Free places. */
  readonly places: number
}

function goalOf({ now, instances, lastNeededAt }: PoolState, sizes: PoolSizes): Goal {
  const { warmInstances, bufferShare, cooldownMs } = sizes
  const full = instances.filter((instance) => instance.free === 0 && !isUnfit(instance, now)).length
  const active = sum(instances.map(({ held }) => held))
  const neededLately = active > 0 || (lastNeededAt !== undefined && now - lastNeededAt < cooldownMs)
  const spare = bufferShare > 0 && neededLately ? 1 : 0
  return { instances: Math.max(warmInstances - full, spare), places: Math.ceil(active * bufferShare) }
}

/** The longest idle go first, as far as the goal is still met without them. */
function coolDown(
  { now, instances, lastNeededAt }: PoolState,
  { cooldownMs }: PoolSizes,
  goal: Goal,
): Pick<InstancePlan, 'stop' | 'lookAgainAt'> {
  let freeInstances = instances.filter(({ free }) => free > 0).length
  let freePlaces = sum(instances.map(({ free }) => free))
  const stop: string[] = []
  const idle = instances.flatMap(({ id, free, idleSince }) => (idleSince === undefined ? [] : { id, free, idleSince }))
  for (const { id, free, idleSince } of idle.toSorted((a, b) => a.idleSince - b.idleSince)) {
    if (freeInstances - 1 < goal.instances || freePlaces - free < goal.places) break
    if (now - idleSince < cooldownMs) return { stop, lookAgainAt: idleSince + cooldownMs }
    stop.push(id)
    freeInstances--
    freePlaces -= free
  }
  // What is kept because of the last call is kept until the cool-down is over.
  const goalFallsAt = lastNeededAt === undefined ? undefined : lastNeededAt + cooldownMs
  const falls = goalFallsAt !== undefined && goalFallsAt > now && idle.length > stop.length
  return { stop, lookAgainAt: falls ? goalFallsAt : undefined }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const clamp = (number: number, most: number): number => Math.max(0, Math.min(number, most))

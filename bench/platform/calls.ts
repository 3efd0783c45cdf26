import type { EchoResult } from '../generator/echo-window.ts'
import { Child } from '../processes/child.ts'
import { startGenerator } from '../measure/echo-run.ts'
import type { Workplace } from '../measure/workplace.ts'
import type { NodeTasks, Serving } from './node.ts'

export interface BusyNode extends AsyncDisposable {
  readonly serving: Serving
  readonly child: Child<NodeTasks>
}

interface NodeSizes {
  readonly sessions: number
  readonly warmInstances?: number
  readonly maxCalls?: number
}

export async function startNode({ home, echo, signal }: Workplace, sizes: NodeSizes): Promise<BusyNode> {
  const child = new Child<NodeTasks>(new URL('./node.ts', import.meta.url), { signal })
  await using onFailure = new AsyncDisposableStack()
  onFailure.use(child)
  const serving = await child.ask('start', { home, bundle: echo, ...sizes })
  onFailure.move()
  return { serving, child, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}

interface CallsOptions {
  readonly calls: number
  readonly windowMs: number
}

const warmUpMs = 3000
const graceMs = 2000

/** What 20 echo calls hear of `work`: their frames within a window that it has to itself. */
export async function during(
  { serving: { port, organization } }: BusyNode,
  { calls, windowMs }: CallsOptions,
  work: { readonly run: () => Promise<void>; readonly signal: AbortSignal },
): Promise<EchoResult> {
  await using generator = startGenerator(work.signal)
  const failures = await generator.ask('openEchoCalls', { target: 'gateway', port, calls, organization })
  if (failures.length > 0) throw new Error(`calls were refused: ${failures.join('; ')}`)
  await generator.ask('stream', { warmUpMs })
  const [result] = await Promise.all([generator.ask('measure', { windowMs }), work.run()]).then(async () => [
    await generator.ask('finish', { graceMs }),
  ])
  if (!result) throw new Error('nothing was measured')
  return result
}

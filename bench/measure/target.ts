import type { BareEchoTasks } from '../processes/bare-echo.ts'
import { Child } from '../processes/child.ts'
import type { GatewayTasks } from '../processes/gateway.ts'
import type { Workplace } from './workplace.ts'

/** `pooled`: all calls in one bot process. `each`: a bot process for each call. */
export type TargetKind = 'bare' | 'pooled' | 'each'

/** A running echo server. */
export interface Target extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  /** Bytes that its JavaScript holds on to; 0 for the bare echo, which nobody asks. */
  heldBytes(): Promise<number>
  /** Errors that it has logged. */
  complaints(): Promise<readonly string[]>
}

interface TargetOptions {
  readonly kind: TargetKind
  readonly calls: number
  readonly execArgv?: readonly string[]
}

export function startTarget(options: TargetOptions, workplace: Workplace): Promise<Target> {
  return options.kind === 'bare' ? startBareEcho(workplace) : startGateway(options, workplace)
}

async function startBareEcho({ signal }: Workplace): Promise<Target> {
  const child = new Child<BareEchoTasks>(new URL('../processes/bare-echo.ts', import.meta.url), { signal })
  await using onFailure = new AsyncDisposableStack()
  onFailure.use(child)
  const port = await child.ask('start', undefined)
  onFailure.move()
  return {
    pid: child.pid,
    port,
    heldBytes: () => Promise.resolve(0),
    complaints: () => Promise.resolve([]),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

async function startGateway(
  { kind, calls, execArgv = [] }: TargetOptions,
  { signal, home, echo }: Workplace,
): Promise<Target> {
  const child = new Child<GatewayTasks>(new URL('../processes/gateway.ts', import.meta.url), { signal, execArgv })
  await using onFailure = new AsyncDisposableStack()
  onFailure.use(child)
  const port = await child.ask('start', { bundle: echo, home, maxCalls: calls + 10 })
  if (kind === 'pooled') {
    // One place more than calls, so that no second instance is kept warm.
    await child.ask('deploy', { sessionsPerInstance: calls + 1, warmInstances: 1 })
    await child.ask('ready', undefined)
  } else {
    await child.ask('deploy', { sessionsPerInstance: 1, warmInstances: 0 })
  }
  onFailure.move()
  return {
    pid: child.pid,
    port,
    heldBytes: () => child.ask('heldBytes', undefined),
    complaints: () => child.ask('complaints', undefined),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

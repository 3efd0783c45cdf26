import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import { type Clock, sleep } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { SessionWatcher } from '../../sessions/session-watcher.ts'
import { SessionTraces } from './session-traces.ts'

interface TracingOptions {
  /** Why it cannot be. */
  readonly problem?: string | undefined
  readonly nodeId: string
  readonly clock: Clock
  readonly log: Log
}

interface Tracing extends AsyncDisposable {
  readonly watcher: SessionWatcher
}

/** What is still to be told when the node stops must not keep it from stopping. */
const lastWordsMs = 3000

const install =
  'npm install @opentelemetry/api@1.9 @opentelemetry/sdk-trace-base@2 @opentelemetry/resources@2 @opentelemetry/exporter-trace-otlp-http@0.223'

/**
 * Traces to where OpenTelemetry's own environment variables say, which its packages read. They are not installed with
 * Offhook: undefined without them, since calls matter more than traces.
 */
export async function openTracing({ problem, nodeId, clock, log }: TracingOptions): Promise<Tracing | undefined> {
  if (problem !== undefined) {
    log.warn({ why: problem }, 'nothing is traced')
    return undefined
  }
  const packages = await loadPackages(log)
  if (!packages) return undefined
  const { api, sdk, resources, otlp } = packages
  const own = resources.resourceFromAttributes({ 'service.name': 'offhook', 'service.instance.id': nodeId })
  const configured = resources.detectResources({ detectors: [resources.envDetector] })
  const exporter = reporting(new otlp.OTLPTraceExporter(), log)
  const provider = new sdk.BasicTracerProvider({
    resource: resources.defaultResource().merge(own).merge(configured),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  })
  log.info({}, 'sessions are traced')
  return {
    watcher: new SessionTraces({ api, tracer: provider.getTracer('offhook'), clock }),
    async [Symbol.asyncDispose]() {
      const over = new AbortController()
      // That it failed is in the log already.
      const told = provider.shutdown().catch(() => undefined)
      await Promise.race([told, sleep(clock, lastWordsMs, over.signal)])
      over.abort()
    },
  }
}

async function loadPackages(log: Log) {
  try {
    const [api, sdk, resources, otlp] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ])
    return { api, sdk, resources, otlp }
  } catch (error) {
    log.warn({ why: messageOf(error), fix: install }, 'nothing is traced: OpenTelemetry is not installed')
    return undefined
  }
}

/** Says once that the collector takes nothing, and once that it does again. */
function reporting(exporter: SpanExporter, log: Log): SpanExporter {
  let failing = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const { error } = result
        if (error && !failing)
          log.warn({ why: messageOf(error) }, 'the collector of traces takes none; they are dropped')
        if (!error && failing) log.info({}, 'the collector of traces takes them again')
        failing = error !== undefined
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
  }
}

import { createHash, timingSafeEqual } from 'node:crypto'
import type { NodeMetrics } from './node-metrics.ts'

interface MetricsPageOptions {
  readonly metrics: Pick<NodeMetrics, 'read'>
  /** Whoever knows it may read. Undefined: programs on this machine may. */
  readonly token: string | undefined
  /** Whether others reach the node through a proxy, which may be on this machine. */
  readonly behindProxy: boolean
}

const loopback = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/
/** Whoever passes a request on says so in one of these. */
const passedOn = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-real-ip', 'via']

/** Answers `GET /metrics`. `from`: the address that opened the connection. */
export async function metricsPage(
  request: Request,
  from: string | undefined,
  { metrics, token, behindProxy }: MetricsPageOptions,
): Promise<Response> {
  const allowed =
    token === undefined
      ? isLocal(request, from) && !behindProxy
      : isSame(request.headers.get('authorization'), `Bearer ${token}`)
  if (!allowed) {
    const fix =
      token === undefined
        ? 'set OFFHOOK_METRICS_TOKEN on the node, and send it as a bearer token'
        : 'send OFFHOOK_METRICS_TOKEN as a bearer token'
    return Response.json({ error: `/metrics is not public: ${fix}` }, { status: token === undefined ? 403 : 401 })
  }
  if (request.method !== 'GET') return new Response(null, { status: 405, headers: { allow: 'GET' } })
  const { text, contentType } = await metrics.read()
  return new Response(text, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } })
}

const isLocal = ({ headers }: Request, from: string | undefined): boolean =>
  from !== undefined && loopback.test(from) && !passedOn.some((name) => headers.has(name))

/** Takes as long for a guess that is nearly right as for any other. */
function isSame(given: string | null, wanted: string): boolean {
  const [a, b] = [given ?? '', wanted].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}

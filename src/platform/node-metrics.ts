import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { InstanceStart } from '../runtime/pool/pool-options.ts'
import type { AgentPool, Server } from '../server.ts'
import type { SessionBegin, SessionResume, SessionWatcher, WatchedSession } from '../sessions/session-watcher.ts'
import type { Ending } from '../sessions/session-state.ts'

const agentLabels = ['organization', 'agent'] as const
const startBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60]

/** What a node has to tell in the form of Prometheus. No label names a caller: only organizations and agents. */
export class NodeMetrics implements SessionWatcher {
  readonly #registry = new Registry()
  readonly #openedAt = new Map<string, number>()
  readonly #opened = this.#count('offhook_sessions_opened_total', 'Sessions that were opened.', agentLabels)
  readonly #ended = this.#count('offhook_sessions_ended_total', 'Sessions that ended, by reason.', [
    ...agentLabels,
    'reason',
  ])
  readonly #resumed = this.#count(
    'offhook_session_resumes_total',
    'Calls that a bot took over from another, by reason: a crash, a lost stream, a lost node.',
    [...agentLabels, 'reason'],
  )
  readonly #duration = this.#measure(
    'offhook_session_duration_seconds',
    'From the opening of a session to its end.',
    agentLabels,
    [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200],
  )
  readonly #start = this.#measure(
    'offhook_session_start_seconds',
    'From the opening of a session to its bot.',
    [...agentLabels, 'start'],
    startBuckets,
  )
  readonly #firstAudio = this.#measure(
    'offhook_first_audio_seconds',
    'From the webhook to the first audio of the bot.',
    agentLabels,
    startBuckets,
  )
  readonly #late = this.#count(
    'offhook_late_frames_total',
    'Frames of 20 ms that left too late: the caller heard a gap.',
    agentLabels,
  )
  readonly #starts = this.#count('offhook_instance_starts_total', 'Starts of instances, by result.', ['result'])
  readonly #startTook = this.#measure(
    'offhook_instance_start_seconds',
    'How long an instance took to be ready.',
    [],
    startBuckets,
  )
  readonly #deaths = this.#count('offhook_instance_deaths_total', 'Instances that died by themselves.', [])

  readonly #overflowed = this.#count(
    'offhook_calls_overflowed_total',
    'Calls for which there was no place, by what their callers got.',
    [...agentLabels, 'overflow'],
  )

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
  }

  /** From now on tells what `server` has, too: it is asked whenever somebody reads. */
  observe(server: Server): void {
    const { calls } = server
    this.#gauge('offhook_sessions_active', 'Sessions that run.', agentLabels, (gauge) => {
      for (const { agent } of calls.sessionsOf()) gauge.inc(labelsOf(agent))
    })
    this.#gauge('offhook_calls_queued', 'Callers who wait in line for a place.', agentLabels, (gauge) => {
      for (const { agent } of calls.queued) gauge.inc(labelsOf(agent))
    })
    this.#gauge('offhook_instances', 'Instances, by state.', [...agentLabels, 'state'], (gauge) => {
      for (const pool of server.pools()) countInstances(gauge, pool)
    })
    this.#gauge('offhook_sessions_waiting', 'Sessions that wait for an instance.', agentLabels, (gauge) => {
      for (const { pool, ...agent } of server.pools()) gauge.inc(labelsOf(agent), pool.status.waiting)
    })
    this.#gauge('offhook_calls_room', 'Calls that the node can take besides those it has.', [], (gauge) => {
      gauge.set(server.load.room)
    })
    this.#gauge(
      'offhook_event_loop_lag_seconds',
      'How late the event loop was in the last second, as the 99th percentile.',
      [],
      (gauge) => {
        gauge.set(server.load.lagMs / 1000)
      },
    )
    const refused = new Counter({
      name: 'offhook_calls_refused_total',
      help: 'Calls that were turned away because the node or the agent had as many as it takes.',
      registers: [this.#registry],
      collect() {
        this.reset()
        this.inc(calls.refused)
      },
    })
    refused.inc(0)
    this.#gauge('offhook_node_draining', '1 while the node takes no new calls, because it stops.', [], (gauge) => {
      gauge.set(calls.draining ? 1 : 0)
    })
  }

  /** In the text format of Prometheus. */
  async read(): Promise<{ readonly text: string; readonly contentType: string }> {
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType }
  }

  onOpened(session: WatchedSession): void {
    this.#openedAt.set(session.id, performance.now())
    this.#opened.inc(labelsOf(session.agent))
  }

  onBegun({ agent }: WatchedSession, { coldStart, botStartMs }: SessionBegin): void {
    this.#start.observe({ ...labelsOf(agent), start: coldStart ? 'cold' : 'warm' }, botStartMs / 1000)
  }

  onResumed({ agent }: WatchedSession, { reason }: SessionResume): void {
    this.#resumed.inc({ ...labelsOf(agent), reason })
  }

  onSpoke({ agent }: WatchedSession, afterMs: number): void {
    this.#firstAudio.observe(labelsOf(agent), afterMs / 1000)
  }

  onLate({ agent }: WatchedSession, frames: number): void {
    this.#late.inc(labelsOf(agent), frames)
  }

  onOverflow(agent: WatchedSession['agent'], overflow: string): void {
    this.#overflowed.inc({ ...labelsOf(agent), overflow })
  }

  onPrinted(): void {}

  onEnded({ id, agent }: WatchedSession, { reason }: Ending): void {
    const openedAt = this.#openedAt.get(id)
    this.#openedAt.delete(id)
    this.#ended.inc({ ...labelsOf(agent), reason })
    if (openedAt !== undefined) this.#duration.observe(labelsOf(agent), (performance.now() - openedAt) / 1000)
  }

  onStart({ ok, tookMs }: InstanceStart): void {
    this.#starts.inc({ result: ok ? 'ready' : 'failed' })
    if (ok) this.#startTook.observe(tookMs / 1000)
  }

  onDeath(): void {
    this.#deaths.inc()
  }

  #count<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
  }

  #measure<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ): Histogram<Label> {
    return new Histogram({ name, help, labelNames: [...labelNames], buckets, registers: [this.#registry] })
  }

  /** `collect` says anew how it stands: what it does not mention any more is gone. */
  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect: (gauge: Gauge<Label>) => void,
  ): void {
    const gauge: Gauge<Label> = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect: () => {
        gauge.reset()
        collect(gauge)
      },
    })
  }
}

const labelsOf = ({ organization, name }: { readonly organization: string; readonly name: string }) => ({
  organization,
  agent: name,
})

function countInstances(
  gauge: Gauge<'organization' | 'agent' | 'state'>,
  { pool, state: poolState, ...agent }: AgentPool,
): void {
  for (const { active, state } of pool.instances) {
    const shown = poolState === 'draining' || state === 'draining' ? 'draining' : active > 0 ? 'busy' : 'idle'
    gauge.inc({ ...labelsOf(agent), state: shown })
  }
  if (pool.status.starting > 0) gauge.inc({ ...labelsOf(agent), state: 'starting' }, pool.status.starting)
}

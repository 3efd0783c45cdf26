/** What others take for the same. Other machines, other loads: an order of magnitude, not a race. */
export interface PeerFigure {
  readonly what: string
  readonly who: string
  readonly figure: string
  /** `published`: by them or their customers. `measured elsewhere`: by us, on a machine like this one, another day. */
  readonly source: 'published' | 'measured elsewhere'
}

export const firstWordPeers: readonly PeerFigure[] = [
  { what: 'cold start', who: 'Pipecat Cloud', figure: '10 s at best; 65 s seen by a customer', source: 'published' },
  { what: 'warm start', who: 'Pipecat Cloud', figure: '"immediate"', source: 'published' },
  {
    what: 'dispatch',
    who: 'LiveKit',
    figure: '150 ms; 15–50 s reported, p90 245 s in a burst of 50',
    source: 'published',
  },
  { what: 'first word', who: 'Pipecat telephone bots', figure: '4–5 s', source: 'published' },
  { what: 'first audio, p95', who: 'siphon-ai (Rust)', figure: '19 ms', source: 'published' },
  { what: 'fork to ready with ws', who: 'Node.js 24', figure: 'about 50 ms', source: 'measured elsewhere' },
]

export const echoPeers: readonly PeerFigure[] = [
  { what: 'CPU, times a bare echo’s', who: 'featureless relay', figure: '1.35–1.9 ×', source: 'measured elsewhere' },
  {
    what: 'added round trip, p50',
    who: 'relay over a local WebSocket',
    figure: '0.1–0.4 ms',
    source: 'measured elsewhere',
  },
  {
    what: 'CPU per relayed call',
    who: 'relay over a local WebSocket',
    figure: '0.18–0.30 %',
    source: 'measured elsewhere',
  },
  { what: 'CPU per echo call', who: 'bare, many in one process', figure: '0.10–0.18 %', source: 'measured elsewhere' },
  { what: 'CPU per echo call', who: 'bare, a process each', figure: '1.4–1.9 %', source: 'measured elsewhere' },
  { what: 'CPU and memory per call', who: 'siphon-ai (Rust)', figure: '0.54 %, 0.43 MB', source: 'published' },
  { what: 'memory of a bot', who: 'LiveKit', figure: '267 MB a process, 49 MB a thread', source: 'published' },
]

export { assumptionNotes, defaultAssumptions } from './assumptions.ts'
export type { AssumptionNote, Assumptions } from './assumptions.ts'
export type { Pcm } from './audio-track.ts'
export type { CallDirection, CallRecord, RecordingRecord } from './call-record.ts'
export type { CallResult, Latencies } from './call-result.ts'
export type { CallerAction } from './caller-script.ts'
export { dial } from './dial.ts'
export type { DialOptions } from './dial.ts'
export type { EngineOptions, InboundOptions, OutboundOptions } from './engine-options.ts'
export { CallEngine } from './engine.ts'
export type { Faults, FaultSpan, MediaFaults, WebhookFault } from './faults.ts'
export type { HangupCause } from './hangup-causes.ts'
export type { StreamAccount } from './line.ts'
export type {
  DocumentAddress,
  Leg,
  Legs,
  LiveCall,
  LivePlay,
  LiveRecord,
  LiveSpeak,
  LiveStream,
  TransferRequest,
} from './live-call.ts'
export { MediaStream } from './media-stream.ts'
export type { MediaStreamEvent, MediaStreamOptions, TrackFrames } from './media-stream.ts'
export { Metronome } from './metronome.ts'
export type { MachineDetection } from './outbound-plan.ts'
export { PhoneBook } from './phone-book.ts'
export type { PhoneAnswer, PhoneBehaviour, Phones } from './phone-book.ts'
export { PlaybackQueue } from './playback-queue.ts'
export type { PlaybackTick, PlayedSpan } from './playback-queue.ts'
export { defaultRestAssumptions, restAssumptionNotes } from './rest/assumptions.ts'
export type { RestAssumptions } from './rest/assumptions.ts'
export type { PlivoAccount } from './rest/credentials.ts'
export { openRestApi } from './rest/rest-api.ts'
export type { RestApi, RestApiOptions } from './rest/rest-api.ts'
export { SimulatorServer } from './rest/server.ts'
export type { SimulatorServerOptions } from './rest/server.ts'
export type { SimulatedCall } from './simulated-call.ts'
export type { StreamFacts } from './stream-facts.ts'
export { StreamSocket } from './stream-socket.ts'
export type { SocketClose, StreamSocketOptions, UpgradeFailure } from './stream-socket.ts'
export type { RequestResult, TimelineEvent } from './timeline.ts'
export type { CallFacts, CallIdentity } from './webhook-parameters.ts'

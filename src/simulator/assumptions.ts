/** What Plivo does where no source says so, or where sources disagree; each can be changed for a call. */
class Defaults {
  readonly answerTimeoutMs: number = 15_000
  readonly accountUtcOffsetMinutes: number = 0
  readonly billedStepSeconds: number = 60
  readonly cancelledCallCode: 1000 | 4000 = 1000
  readonly wrongContentType: 'accept' | 'reject' = 'accept'
  readonly unknownElement: 'ignore' | 'reject' = 'ignore'
  readonly invalidStreamElement: 'reject' | 'skip' = 'reject'
  readonly speakCharactersPerSecond: number = 15
  readonly undecodablePlayMs: number = 3_000
  readonly secondStream: 'ignore' | 'replace' = 'ignore'
  readonly offerSubprotocol: boolean = false
  readonly signUpgradeWithQuery: boolean = true
  readonly streamConnectTimeoutMs: number = 5_000
  readonly streamRetryDelayMs: number = 500
  readonly reconnectAfterDrop: boolean = false
  readonly firstSequenceNumber: 0 | 1 = 0
  readonly extraHeadersWhenUnset: '{}' | '' = '{}'
  readonly timestampForm: 'epoch' | 'since-start' = 'epoch'
  readonly maxQueuedMs: number = 60_000
  readonly playFailedEvents: boolean = false
  readonly maxMessageBytes: number = 65_536
  readonly maxUnsentMs: number = 40_000
  readonly stopEventAtEnd: boolean = false
  readonly streamCloseCode: number = 1000
  readonly statusVocabulary: 'StartStream' | 'started' = 'StartStream'
  readonly stopStreamAtCallEnd: boolean = false
  readonly stopStreamOnServerClose: boolean = false
}

export type Assumptions = Defaults

export interface AssumptionNote {
  /** What the value decides, in one line. */
  readonly about: string
  /** Where the Plivo reference speaks of it: a contradiction (`C-11`) or a section (`4.7`). */
  readonly source: string
}

export const defaultAssumptions: Assumptions = new Defaults()

export const resolveAssumptions = (changes: Partial<Assumptions> = {}): Assumptions =>
  Object.assign(new Defaults(), changes)

/** One line for each assumption, in the order in which they matter during a call. */
export const assumptionNotes: { readonly [Name in keyof Assumptions]: AssumptionNote } = {
  answerTimeoutMs: { source: 'C-1', about: 'longest wait for XML, each try, whatever `rt` says' },
  accountUtcOffsetMinutes: { source: '2.2', about: 'time zone of StartTime, AnswerTime and EndTime' },
  billedStepSeconds: { source: 'C-20', about: 'BillDuration is Duration rounded up to a multiple of this' },
  cancelledCallCode: { source: '8', about: 'code when the caller hangs up before the call is answered' },
  wrongContentType: { source: '2.4', about: 'XML that is not sent as XML: taken, with a warning, or invalid' },
  unknownElement: { source: '2.4', about: 'an element that Plivo has not: skipped, or the document is invalid' },
  invalidStreamElement: { source: '10.2', about: 'a Stream with a bad attribute: 8011, or the element is skipped' },
  speakCharactersPerSecond: { source: '6.1', about: 'how fast Speak speaks' },
  undecodablePlayMs: { source: '6.2', about: 'how long a Play lasts that is no WAV file' },
  secondStream: { source: '3', about: 'a Stream while another is open: skipped, or takes its place' },
  offerSubprotocol: { source: 'C-9', about: 'whether the upgrade offers `audio.plivo.com`' },
  signUpgradeWithQuery: { source: 'C-22', about: 'whether the signed URL of the upgrade has the query' },
  streamConnectTimeoutMs: { source: '4.1', about: 'longest wait for the upgrade, each of three tries' },
  streamRetryDelayMs: { source: '4.1', about: 'pause between those tries' },
  reconnectAfterDrop: {
    source: 'C-10',
    about: 'whether a socket lost in mid-call is opened again, with a new `start`',
  },
  firstSequenceNumber: { source: 'C-11', about: 'sequenceNumber of `start`' },
  extraHeadersWhenUnset: { source: 'C-12', about: '`extra_headers` when the Stream has none' },
  timestampForm: { source: 'C-13', about: 'timestamps: Unix epoch, or since the stream started; milliseconds' },
  maxQueuedMs: { source: 'C-17', about: 'audio that the playback queue holds; a message that goes beyond is dropped' },
  playFailedEvents: { source: 'C-18', about: 'whether a dropped playAudio is answered with `playFailed`' },
  maxMessageBytes: { source: '4.1', about: 'longest message from the server; a longer one is ignored' },
  maxUnsentMs: { source: 'C-17', about: 'audio that waits for a slow server before the stream is dropped' },
  stopEventAtEnd: { source: 'C-15', about: 'whether `stop` is sent before Plivo closes the socket' },
  streamCloseCode: { source: '4.7', about: 'code with which Plivo closes the socket' },
  statusVocabulary: { source: 'C-8', about: 'names of status events: StartStream …, or started, stopped, failed' },
  stopStreamAtCallEnd: { source: 'C-7', about: 'whether StopStream is sent when the call ends' },
  stopStreamOnServerClose: { source: '3.1', about: 'whether StopStream is sent when the server closes the socket' },
}

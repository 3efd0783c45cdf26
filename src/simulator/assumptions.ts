/** What Plivo does where no source says so, or where sources disagree; each can be changed for a call. */
class Defaults {
  readonly answerTimeoutMs: number = 15_000
  readonly retryPauseMs: number = 0
  readonly accountUtcOffsetMinutes: number = 0
  readonly billedStepSeconds: number = 60
  readonly cancelledCallCode: 1000 | 4000 = 1000
  readonly wrongContentType: 'accept' | 'reject' = 'accept'
  readonly unknownElement: 'ignore' | 'reject' = 'ignore'
  readonly invalidStreamElement: 'reject' | 'skip' = 'reject'
  readonly invalidElement: 'reject' | 'skip' = 'reject'
  readonly speakCharactersPerSecond: number = 15
  readonly undecodablePlayMs: number = 3_000
  readonly secondStream: 'ignore' | 'replace' = 'ignore'
  readonly offerSubprotocol: boolean = false
  readonly signUpgradeWithQuery: boolean = true
  readonly streamConnectTimeoutMs: number = 5_000
  readonly streamRetryDelayMs: number = 500
  readonly reconnectAfterDrop: boolean = false
  readonly firstSequenceNumber: 0 | 1 = 0
  readonly extraHeadersWhenUnset: '{}' | '' | 'missing' = '{}'
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
  readonly statusForm: 'form' | 'json' = 'form'
  readonly statusOnPlayback: boolean = false
  readonly checkpointReply: 'playedStream' | 'played' = 'playedStream'
  readonly transferDuringStream: 'deferred' | 'immediate' = 'deferred'
  readonly ringAfterMs: number = 100
  readonly hangupOnRingCode: 1000 | 6000 = 1000
  readonly machineDetectionMs: number = 2_000
  readonly speech: 'espeak-ng' | 'tones' = 'espeak-ng'
  readonly unsupportedVoice: 'reject' | 'default' = 'reject'
  readonly autoEndTimeoutMs: number = 2_000
  readonly speechConfidence: number = 0.9
  readonly dialTimeoutMs: number = 120_000
  readonly confirmTimeoutMs: number = 10_000
  readonly ringingWhileDialling: boolean = true
  readonly soundsMethod: 'POST' | 'GET' = 'POST'
  readonly retriesCountFirstTry: boolean = true
  readonly legAfterTransfer: 'hang-up' | 'keep' = 'hang-up'
  readonly dialTimeoutStatus: 'no-answer' | 'timeout' = 'no-answer'
  readonly calleeSource: 'Callee' | 'Call recipient' = 'Callee'
  readonly restHangupCode: 1000 | 4000 = 4000
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
  retryPauseMs: { source: '2.5', about: 'pause between the tries of a URL' },
  accountUtcOffsetMinutes: { source: '2.2', about: 'time zone of StartTime, AnswerTime and EndTime' },
  billedStepSeconds: { source: 'C-20', about: 'BillDuration is Duration rounded up to a multiple of this' },
  cancelledCallCode: { source: '8', about: 'code when the caller hangs up before the call is answered' },
  wrongContentType: { source: '2.4', about: 'XML that is not sent as XML: taken, with a warning, or invalid' },
  unknownElement: { source: '2.4', about: 'an element that Plivo has not: skipped, or the document is invalid' },
  invalidStreamElement: { source: '10.2', about: 'a Stream with a bad attribute: 8011, or the element is skipped' },
  invalidElement: {
    source: '2.4',
    about: 'another element that cannot be run as it is: 8011, or the element is skipped',
  },
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
  extraHeadersWhenUnset: { source: 'C-12', about: '`extra_headers` when the Stream has none: a text, or no field' },
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
  statusForm: { source: '3.1', about: 'status callbacks as a form, or as JSON' },
  statusOnPlayback: { source: '3.1', about: 'whether PlayedStream and ClearedAudio are sent to statusCallbackUrl' },
  checkpointReply: { source: 'C-14', about: 'name of the event that answers a checkpoint' },
  transferDuringStream: {
    source: 'C-19',
    about: 'a transfer during a Stream with keepCallAlive: waits for its end, or ends it',
  },
  ringAfterMs: { source: '1.2', about: 'from dialling to the first ring at the far end' },
  hangupOnRingCode: { source: '8', about: 'code when hangup_on_ring ends a call' },
  machineDetectionMs: {
    source: '2.2',
    about: 'from the answer to the finding that it is a machine, if allowed that long',
  },
  speech: { source: '6.1', about: 'Speak: by espeak-ng where it is installed, or always tones' },
  unsupportedVoice: { source: '6.1', about: 'a Speak whose language its voice has not: 8011, or spoken in en-US' },
  autoEndTimeoutMs: { source: '6', about: 'what `auto` is in GetInput' },
  speechConfidence: { source: '6', about: 'SpeechConfidenceScore of GetInput' },
  dialTimeoutMs: { source: '6', about: 'how long Dial rings that says nothing else' },
  confirmTimeoutMs: { source: '6', about: 'how long a dialled leg may take to press confirmKey, if Dial does not say' },
  ringingWhileDialling: { source: '6', about: 'whether the caller hears ringing while Dial has no dialMusic' },
  soundsMethod: { source: '6', about: 'method with which the URLs of dialMusic and confirmSound are asked' },
  retriesCountFirstTry: { source: '6', about: 'whether `retries` of GetDigits and GetInput counts the first try' },
  legAfterTransfer: {
    source: '7',
    about: 'a dialled leg when only the aleg is transferred: hung up on, or left on the line',
  },
  dialTimeoutStatus: { source: '6', about: 'DialStatus when nobody answered in time' },
  calleeSource: { source: 'C-24', about: 'HangupSource when the one who was called hangs up' },
  restHangupCode: { source: '8', about: 'code when the REST API ends an answered call' },
}

import { systemClock, type Clock } from '../../lib/clock.ts'
import { webUrl } from '../answer-values.ts'
import {
  applicationFields,
  applicationFilterFields,
  readApplication,
  type Application,
  type ApplicationChanges,
  type ApplicationFilter,
  type NewApplication,
} from './applications.ts'
import * as actions from './call-actions.ts'
import {
  liveCallFilterFields,
  readCallRecord,
  readLiveCall,
  type CallRecord,
  type LiveCall,
  type LiveCallFilter,
} from './call-records.ts'
import { Credentials } from './credentials.ts'
import { fetchRecording, type FetchRecordingOptions, type MediaConnection } from './fetch-recording.ts'
import { makeCallFields, readMadeCall, type MadeCall, type MakeCallOptions } from './make-call.ts'
import { numberFilterFields, readRentedNumber, type NumberFilter, type RentedNumber } from './numbers.ts'
import { readPage, type Page } from './page.ts'
import type { RecordingMedia } from './recording-media.ts'
import { readRecording, recordingFilterFields, type Recording, type RecordingFilter } from './recordings.ts'
import { identifier, numberInPath } from './request-values.ts'
import { RestConnection, type RestFields } from './rest-connection.ts'
import { streamFields, type StartStreamOptions } from './start-stream.ts'

export interface PlivoRestOptions {
  /** `MA…` or `SA…`. */
  readonly authId: string
  readonly authToken: string
  /** Default `https://api.plivo.com`. */
  readonly baseUrl?: string | undefined
  /** For one try; there are at most three. Default 12,000. */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** Above the ten seconds after which `fetch` gives up connecting: then it is sure that nothing was sent. */
const standardTimeoutMs = 12_000

/**
 * Plivo's Voice REST API for one account (Plivo reference 7). All methods throw a `RangeError` that names the argument,
 * before anything is sent, and a `PlivoApiError` when Plivo does not do it. What reads or deletes is tried again when
 * the network or Plivo fails; what would take effect twice is not.
 */
export class PlivoRest {
  readonly #api: RestConnection
  readonly #media: MediaConnection

  /** @throws RangeError when an option cannot be right. */
  constructor(options: PlivoRestOptions) {
    const { authId, authToken, baseUrl, timeoutMs = standardTimeoutMs, clock = systemClock } = options
    const base = readBaseUrl(baseUrl ?? 'https://api.plivo.com')
    if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be above 0, got ${timeoutMs}`)
    const credentials = new Credentials({ authId, authToken, baseUrl: base })
    const accountUrl = `${base.href.replace(/\/+$/, '')}/v1/Account/${authId}/`
    this.#api = new RestConnection({ credentials, accountUrl, timeoutMs, clock })
    this.#media = { credentials, timeoutMs, clock }
  }

  async makeCall(options: MakeCallOptions): Promise<MadeCall> {
    return this.#api.post({ path: 'Call/', fields: makeCallFields(options), purpose: 'make the call' }, readMadeCall)
  }

  /** False: it does not wait any more, or never did. */
  async cancelQueued(requestUuid: string): Promise<boolean> {
    const path = `Request/${identifier('requestUuid', requestUuid)}/`
    return this.#api.delete({ path, purpose: 'cancel the call' })
  }

  /** Undefined: it is not live. */
  async getLiveCall(callUuid: string): Promise<LiveCall | undefined> {
    const request = { path: callPath(callUuid), fields: { status: 'live' }, purpose: 'show the live call' }
    return this.#api.find(request, readLiveCall)
  }

  /** The CallUUIDs of calls that are live. */
  async listLiveCalls(filter: LiveCallFilter = {}): Promise<readonly string[]> {
    const request = { path: 'Call/', fields: liveCallFilterFields(filter), purpose: 'list the live calls' }
    return this.#api.get(request, (reply) => reply.texts('calls'))
  }

  /** The record of a call that is over, which is there some seconds after its end. Undefined: there is none. */
  async getCall(callUuid: string): Promise<CallRecord | undefined> {
    return this.#api.find({ path: callPath(callUuid), purpose: 'show the call' }, readCallRecord)
  }

  /** Sends the call, or who it is connected to, to other XML. While a stream runs that may wait for its end (C-19). */
  async transferCall(callUuid: string, options: actions.TransferOptions): Promise<void> {
    await this.#start(callPath(callUuid), actions.transferFields(options), 'transfer the call')
  }

  /** False: the call was over already. */
  async hangUpCall(callUuid: string): Promise<boolean> {
    return this.#api.delete({ path: callPath(callUuid), purpose: 'hang up the call' })
  }

  async startRecording(callUuid: string, options: actions.StartRecordingOptions): Promise<actions.StartedRecording> {
    const request = { path: callPath(callUuid, 'Record/'), fields: actions.recordFields(options) }
    return this.#api.post({ ...request, purpose: 'record the call' }, actions.readStartedRecording)
  }

  /** One, by its URL, or all that the API started. False: the call is not live. */
  async stopRecording(callUuid: string, { url }: { readonly url?: string | undefined } = {}): Promise<boolean> {
    // The documentation writes URL, the official SDK for Node sends url; a name that Plivo did not know would stop all.
    const request = { path: callPath(callUuid, 'Record/'), fields: { URL: webUrl('url', url), url } }
    return this.#api.delete({ ...request, purpose: 'stop the recording' })
  }

  async startPlay(callUuid: string, options: actions.StartPlayOptions): Promise<void> {
    await this.#start(callPath(callUuid, 'Play/'), actions.playFields(options), 'play audio')
  }

  /** False: the call is not live. */
  async stopPlay(callUuid: string): Promise<boolean> {
    return this.#api.delete({ path: callPath(callUuid, 'Play/'), purpose: 'stop playing audio' })
  }

  async startSpeak(callUuid: string, options: actions.StartSpeakOptions): Promise<void> {
    await this.#start(callPath(callUuid, 'Speak/'), actions.speakFields(options), 'speak')
  }

  /** False: the call is not live. */
  async stopSpeak(callUuid: string): Promise<boolean> {
    return this.#api.delete({ path: callPath(callUuid, 'Speak/'), purpose: 'stop speaking' })
  }

  /** The far end hears `0-9 * # A-D`; `w` waits half a second, `W` a whole one. */
  async sendDigits(callUuid: string, digits: string, options: actions.SendDigitsOptions = {}): Promise<void> {
    await this.#start(callPath(callUuid, 'DTMF/'), actions.digitsFields(digits, options), 'send digits')
  }

  async startStream(callUuid: string, options: StartStreamOptions): Promise<{ readonly streamId: string }> {
    const request = { path: callPath(callUuid, 'Stream/'), fields: streamFields(options), purpose: 'start a stream' }
    return this.#api.post(request, (reply) => ({ streamId: reply.text('stream_id') }))
  }

  /** One, or all. False: there was none, or the call is not live. */
  async stopStream(callUuid: string, streamId?: string): Promise<boolean> {
    const stream = streamId === undefined ? '' : `${identifier('streamId', streamId)}/`
    return this.#api.delete({ path: callPath(callUuid, `Stream/${stream}`), purpose: 'stop the stream' })
  }

  /** Undefined: there is none, or it is not finished. */
  async getRecording(recordingId: string): Promise<Recording | undefined> {
    return this.#api.find({ path: recordingPath(recordingId), purpose: 'show the recording' }, readRecording)
  }

  async listRecordings(filter: RecordingFilter = {}): Promise<Page<Recording>> {
    const request = { path: 'Recording/', fields: recordingFilterFields(filter), purpose: 'list the recordings' }
    return this.#api.get(request, readPage(filter, readRecording))
  }

  /** False: there was none. */
  async deleteRecording(recordingId: string): Promise<boolean> {
    return this.#api.delete({ path: recordingPath(recordingId), purpose: 'delete the recording' })
  }

  /** The file at a recording's URL. */
  async fetchRecording(url: string, options: FetchRecordingOptions = {}): Promise<RecordingMedia> {
    return fetchRecording(url, this.#media, options)
  }

  async listApplications(filter: ApplicationFilter = {}): Promise<Page<Application>> {
    const request = { path: 'Application/', fields: applicationFilterFields(filter), purpose: 'list the applications' }
    return this.#api.get(request, readPage(filter, readApplication))
  }

  /** Undefined: there is none. */
  async getApplication(appId: string): Promise<Application | undefined> {
    return this.#api.find({ path: applicationPath(appId), purpose: 'show the application' }, readApplication)
  }

  async createApplication(application: NewApplication): Promise<{ readonly appId: string }> {
    const request = { path: 'Application/', fields: applicationFields(application), purpose: 'create an application' }
    return this.#api.post(request, (reply) => ({ appId: reply.text('app_id') }))
  }

  /** What is undefined stays as it is. */
  async updateApplication(appId: string, changes: ApplicationChanges): Promise<void> {
    await this.#start(applicationPath(appId), applicationFields(changes), 'change the application')
  }

  async listNumbers(filter: NumberFilter = {}): Promise<Page<RentedNumber>> {
    const request = { path: 'Number/', fields: numberFilterFields(filter), purpose: 'list the numbers' }
    return this.#api.get(request, readPage(filter, readRentedNumber))
  }

  /** With or without `+`. Undefined: the account has no such number. */
  async getNumber(number: string): Promise<RentedNumber | undefined> {
    return this.#api.find({ path: `Number/${numberInPath(number)}/`, purpose: 'show the number' }, readRentedNumber)
  }

  /** Lets an application answer the number. */
  async linkNumber(number: string, appId: string): Promise<void> {
    const fields = { app_id: identifier('appId', appId) }
    await this.#start(`Number/${numberInPath(number)}/`, fields, 'link the number')
  }

  async #start(path: string, fields: RestFields, purpose: string): Promise<void> {
    await this.#api.post({ path, fields, purpose }, () => undefined)
  }
}

const callPath = (callUuid: string, below = ''): string => `Call/${identifier('callUuid', callUuid)}/${below}`
const recordingPath = (recordingId: string): string => `Recording/${identifier('recordingId', recordingId)}/`
const applicationPath = (appId: string): string => `Application/${identifier('appId', appId)}/`

function readBaseUrl(text: string): URL {
  const url = URL.parse(text)
  const isPlain = url && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === ''
  if (!isPlain) throw new RangeError('baseUrl must be an http or https URL without a user, query and fragment')
  return url
}

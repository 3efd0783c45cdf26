export {
  dial,
  dtmf,
  getDigits,
  hangup,
  play,
  preAnswer,
  record,
  redirect,
  response,
  speak,
  stream,
  wait,
} from './answer-xml.ts'
export type {
  DialDestination,
  DialOptions,
  DtmfOptions,
  GetDigitsOptions,
  HangupOptions,
  PlayOptions,
  RecordOptions,
  RedirectOptions,
  SpeakOptions,
  StreamOptions,
  WaitOptions,
} from './answer-xml.ts'
export { parseStreamContentType, streamContentType } from './content-type.ts'
export { parseDialEvent, parseDialResult } from './dial-webhook.ts'
export type { DialEvent, DialResult } from './dial-webhook.ts'
export { encodeExtraHeaders, parseExtraHeaders } from './extra-headers.ts'
export { parseRecordResult } from './record-webhook.ts'
export type { RecordResult } from './record-webhook.ts'
export { PlivoApiError } from './rest/api-error.ts'
export type { PlivoApiErrorKind } from './rest/api-error.ts'
export type { Application, ApplicationChanges, ApplicationFilter, NewApplication } from './rest/applications.ts'
export type {
  SendDigitsOptions,
  StartedRecording,
  StartPlayOptions,
  StartRecordingOptions,
  StartSpeakOptions,
  TransferOptions,
} from './rest/call-actions.ts'
export type { CallRecord, LiveCall, LiveCallFilter } from './rest/call-records.ts'
export type { FetchRecordingOptions } from './rest/fetch-recording.ts'
export type { MadeCall, MakeCallOptions } from './rest/make-call.ts'
export type { NumberFilter, RentedNumber } from './rest/numbers.ts'
export type { Page, PageOptions } from './rest/page.ts'
export { PlivoRest } from './rest/plivo-rest.ts'
export type { PlivoRestOptions } from './rest/plivo-rest.ts'
export type { RecordingMedia } from './rest/recording-media.ts'
export type { Recording, RecordingFilter } from './rest/recordings.ts'
export type { StartStreamOptions } from './rest/start-stream.ts'
export { signatureHeaders, signV3, v3BaseString, verifyUpgrade, verifyV3 } from './signature.ts'
export type { SignatureHeaders, SignedRequest } from './signature.ts'
export {
  encodeBotMessage,
  encodeCarrierMessage,
  encodePlayAudio,
  parseBotMessage,
  parseCarrierMessage,
} from './stream-codec.ts'
export type * from './stream-messages.ts'
export { parseStreamStatus, parseStreamStatusBody } from './stream-status.ts'
export type { StreamStatus } from './stream-status.ts'
export { parseCallWebhook } from './webhook.ts'
export type { CallWebhook, HangupWebhook, ProgressWebhook } from './webhook.ts'
export { element, xmlDocument } from './xml.ts'
export type { XmlAttributes, XmlElement } from './xml.ts'

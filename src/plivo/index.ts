export { hangup, play, record, redirect, response, speak, stream, wait } from './answer-xml.ts'
export type {
  HangupOptions,
  PlayOptions,
  RecordOptions,
  RedirectOptions,
  SpeakOptions,
  StreamOptions,
  WaitOptions,
} from './answer-xml.ts'
export { parseStreamContentType, streamContentType } from './content-type.ts'
export { encodeExtraHeaders, parseExtraHeaders } from './extra-headers.ts'
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

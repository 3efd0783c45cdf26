/** Both directions of Plivo's audio stream; the messages themselves are in `stream-messages.ts`. */
export { encodeBotMessage, encodePlayAudio, parseBotMessage } from './bot-codec.ts'
export { encodeCarrierMessage, parseCarrierMessage } from './carrier-codec.ts'

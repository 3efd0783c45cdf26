import { AttributeReader } from '../attribute-reader.ts'
import type { XmlElement } from '../xml-document.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

type Check = (element: XmlElement) => string | undefined

/** An element whose attributes are read as Plivo reads them, and that then does nothing. */
const unsimulated = (attributes: readonly string[], check: Check, readAll: (read: AttributeReader) => void) =>
  ({
    attributes,
    check,
    run: async (element, { timeline }) => {
      readAll(new AttributeReader(element, (text) => timeline.warn(text)))
      timeline.warn(`${element.name} is not simulated: skipped`)
      return nextElement
    },
  }) satisfies ElementKind

const named: Check = ({ text }) => (text === '' ? 'has no name' : undefined)

/** Section 6. */
export const conference: ElementKind = unsimulated(
  `muted enterSound exitSound startConferenceOnEnter endConferenceOnExit stayAlone waitSound maxMembers record
   recordFileFormat timeLimit hangupOnStar action method redirect callbackUrl callbackMethod digitsMatch floorEvent
   relayDTMF transcriptionType transcriptionUrl transcriptionMethod beep recordWhenAlone`.split(/\s+/),
  named,
  (read) => {
    for (const name of ['muted', 'endConferenceOnExit', 'record', 'hangupOnStar', 'floorEvent'])
      read.boolean(name, false)
    for (const name of ['startConferenceOnEnter', 'stayAlone', 'redirect', 'relayDTMF']) read.boolean(name, true)
    for (const name of ['waitSound', 'action', 'callbackUrl']) read.webUrl(name)
    for (const name of ['method', 'callbackMethod']) read.oneOf(name, ['GET', 'POST'], 'POST')
    read.oneOf('recordFileFormat', ['mp3', 'wav'], 'mp3')
    read.whole('maxMembers', { least: 1, standard: 20 })
    read.whole('timeLimit', { least: 1, standard: 86_400 })
  },
)

const roles: ReadonlySet<string> = new Set(['agent', 'supervisor', 'customer', 'ai-agent'])

/** Section 6. */
export const multiPartyCall: ElementKind = unsimulated(
  `role maxDuration maxParticipants record recordFileFormat recordMinMemberCount waitMusicUrl waitMusicMethod
   agentHoldMusicUrl agentHoldMusicMethod customerHoldMusicUrl customerHoldMusicMethod recordingCallbackUrl
   recordingCallbackMethod statusCallbackUrl statusCallbackMethod statusCallbackEvents stayAlone coachMode mute hold
   startMpcOnEnter endMpcOnExit enterSound enterSoundMethod exitSound exitSoundMethod onExitActionUrl onExitActionMethod
   relayDTMFInputs startRecordingAudio startRecordingAudioMethod stopRecordingAudio stopRecordingAudioMethod
   recordParticipantTrack aiAgentStreamServiceUrl aiAgentStreamContentType aiAgentStreamStatusCallbackUrl
   aiAgentStreamStatusCallbackMethod aiAgentStreamSamplingRate aiAgentStreamExtraHeaders`.split(/\s+/),
  (element) => {
    const { role = '' } = element.attributes
    if (!roles.has(role.toLowerCase())) return `role must be Agent, Supervisor, Customer or ai-agent, got "${role}"`
    return named(element)
  },
  (read) => {
    for (const name of ['record', 'stayAlone', 'mute', 'hold', 'endMpcOnExit']) read.boolean(name, false)
    for (const name of ['coachMode', 'startMpcOnEnter']) read.boolean(name, true)
    for (const name of ['waitMusicUrl', 'recordingCallbackUrl', 'statusCallbackUrl', 'onExitActionUrl'])
      read.webUrl(name)
    read.oneOf('recordFileFormat', ['mp3', 'wav'], 'mp3')
    read.whole('maxDuration', { least: 300, standard: 14_400 })
    read.whole('maxParticipants', { least: 2, standard: 10 })
    read.whole('recordMinMemberCount', { least: 1, standard: 1 })
  },
)

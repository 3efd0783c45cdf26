import { expect, it } from 'vitest'
import * as plivo from './index.ts'

it('publishes these functions and no others', () => {
  expect(Object.keys(plivo).sort()).toEqual([
    'element',
    'encodeBotMessage',
    'encodeCarrierMessage',
    'encodeExtraHeaders',
    'encodePlayAudio',
    'hangup',
    'parseBotMessage',
    'parseCallWebhook',
    'parseCarrierMessage',
    'parseExtraHeaders',
    'parseStreamContentType',
    'parseStreamStatus',
    'parseStreamStatusBody',
    'play',
    'record',
    'redirect',
    'response',
    'signV3',
    'signatureHeaders',
    'speak',
    'stream',
    'streamContentType',
    'v3BaseString',
    'verifyUpgrade',
    'verifyV3',
    'wait',
    'xmlDocument',
  ])
})

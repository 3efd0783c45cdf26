import { expect, test } from 'vitest'
import * as simulator from './index.ts'

test('the simulator publishes this and nothing else', () => {
  expect(new Set(Object.keys(simulator))).toEqual(
    new Set([
      'CallEngine',
      'MediaStream',
      'Metronome',
      'PhoneBook',
      'PlaybackQueue',
      'SimulatorServer',
      'StreamSocket',
      'assumptionNotes',
      'defaultAssumptions',
      'defaultRestAssumptions',
      'dial',
      'openRestApi',
      'restAssumptionNotes',
    ]),
  )
})

test('every assumption says what it decides and where the reference speaks of it', () => {
  const { assumptionNotes, defaultAssumptions } = simulator
  expect(Object.keys(assumptionNotes)).toEqual(Object.keys(defaultAssumptions))
  for (const { about, source } of Object.values(assumptionNotes)) {
    expect(about).not.toBe('')
    expect(source).toMatch(/^(?:C-\d+|\d+(?:\.\d+)?)$/)
  }
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defaultRestAssumptions, resolveRestAssumptions, restAssumptionNotes } from './assumptions.ts'

test('every assumption says what it decides and where the reference speaks of it', () => {
  expect(Object.keys(restAssumptionNotes)).toEqual(Object.keys(defaultRestAssumptions))
  for (const { about, source } of Object.values(restAssumptionNotes)) {
    expect(about).not.toBe('')
    expect(source).toMatch(/^(?:C-\d+|\d+(?:\.\d+)?)$/)
  }
})

test('every assumption is used', () => {
  const names = ['call-routes', 'action-routes', 'stream-routes', 'application-routes', 'number-routes', 'make-call']
  const others = ['rest-api', 'recording-routes', 'paging', 'credentials', 'sip-headers']
  const source = [...names, ...others].map((name) => readFileSync(`src/simulator/rest/${name}.ts`, 'utf8')).join('\n')
  expect(Object.keys(defaultRestAssumptions).filter((name) => !source.includes(name))).toEqual([])
})

test('changes apply to a copy', () => {
  expect(resolveRestAssumptions({ unknownCallerId: 'refuse' })).toMatchObject({ unknownCallerId: 'refuse' })
  expect(defaultRestAssumptions.unknownCallerId).toBe('accept')
})

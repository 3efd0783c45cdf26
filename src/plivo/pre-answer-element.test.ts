import { expect, it } from 'vitest'
import { play, redirect, response, speak, wait } from './answer-xml.ts'
import { preAnswer } from './pre-answer-element.ts'

const url = 'https://a/b.mp3'

it('holds what runs before the answer', () => {
  expect(response(preAnswer(speak({ text: 'Hello' }), play({ url }), wait({ lengthSeconds: 2 })))).toContain(
    `<PreAnswer><Speak>Hello</Speak><Play>${url}</Play><Wait length="2"/></PreAnswer>`,
  )
})

it('refuses to be empty, and elements that may not stand in it', () => {
  expect(() => preAnswer()).toThrow(RangeError)
  expect(() => preAnswer(speak({ text: 'Hello' }), redirect({ url }))).toThrow(
    'preAnswer must consist of Speak, Play, Wait, and not of Redirect',
  )
})

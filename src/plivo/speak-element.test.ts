import * as fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import { speak } from './speak-element.ts'
import { xmlDocument } from './xml.ts'

const voice = 'Polly.Joanna'
const inside = (text: string): string | undefined =>
  /^<Speak voice="Polly\.Joanna">(.*)<\/Speak>$/s.exec(
    xmlDocument(speak({ text, voice, ssml: true })).split('\n')[1] ?? '',
  )?.[1]

/** Names of all elements, as a strict parser sees them; it throws when the document is not well formed. */
const namesIn = (document: string): string[] => {
  const names: string[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => names.push(name))
  parser.write(document).close()
  return names
}

describe('text', () => {
  it('stays text, whatever looks like a tag in it', () => {
    expect(xmlDocument(speak({ text: '<break/> & <Hangup/>', voice }))).toContain(
      '&lt;break/&gt; &amp; &lt;Hangup/&gt;',
    )
  })
})

describe('SSML', () => {
  it.each([
    ['Hello <break time="500ms"/> you.', 'Hello <break time="500ms"/> you.'],
    ['<p><s>One.</s><s>Two.</s></p>', '<p><s>One.</s><s>Two.</s></p>'],
    ["<lang xml:lang='fr-FR'>Bonjour</lang >", '<lang xml:lang="fr-FR">Bonjour</lang>'],
    ['<say-as interpret-as="date" format="mdy">1/2</say-as>', '<say-as interpret-as="date" format="mdy">1/2</say-as>'],
    [
      '<prosody rate="slow"\n pitch = "low"><emphasis level="strong">a</emphasis></prosody>',
      '<prosody rate="slow" pitch="low"><emphasis level="strong">a</emphasis></prosody>',
    ],
    ['<sub alias="a &lt;b&gt; &quot;c&quot;">x</sub>', '<sub alias="a &lt;b&gt; &quot;c&quot;">x</sub>'],
    ['<w role="amazon:VB">read</w>', '<w role="amazon:VB">read</w>'],
    ['<phoneme alphabet="ipa" ph="pɪˈkɑːn">pecan</phoneme>', '<phoneme alphabet="ipa" ph="pɪˈkɑːn">pecan</phoneme>'],
    ['5 > 3 &amp; &#x41;&#66;&apos;', "5 &gt; 3 &amp; AB'"],
    ['<sub alias="a>b">c</sub>', '<sub alias="a&gt;b">c</sub>'],
    ['', undefined],
  ])('with tags that Plivo knows arrives: %s', (text, expected) => {
    expect(inside(text)).toBe(expected)
  })

  it.each([
    ['</Speak><Hangup/><Speak>', '</Speak> at character 1 closes a tag that is not open'],
    ['a<Hangup/>', '<Hangup> at character 2 is not one of the tags break, emphasis'],
    ['<speak>a</speak>', '<speak> at character 1 is not one of the tags'],
    ['<Break/>', '<Break> at character 1'],
    ['<break onclick="1"/>', '<break> at character 1 has no attribute onclick'],
    ['<break xmlns="x"/>', 'has no attribute xmlns'],
    ['<break time="1s" time="2s"/>', 'has time twice'],
    ['a <break time=1s/>', '<break time=1s/> at character 3 is no tag'],
    ['<break time="1s"strength="x"/>', 'is no tag'],
    ['<break', 'at character 1 is not closed with >'],
    ['<break time="1s/>', 'at character 1 is not closed with >'],
    ['<sub alias="<b>">c</sub>', 'is not closed with >'],
    ['< break/>', 'is no tag'],
    ['<p>a', '<p> is not closed'],
    ['<p>a</s>', '</s> at character 5 closes a tag that is not open: <p> is'],
    ['<p><s>a</p></s>', '</p> at character 8'],
    ['a</p>', 'not open: no tag is'],
    ['a & b', 'write &amp; for an &'],
    ['</>', 'not open: no tag is'],
    ['a &constructor; b', 'which is no entity of XML'],
    ['a &nbsp; b', 'the part at character 1 has &nbsp; in it, which is no entity of XML'],
    ['a &#x110000; b', 'which is no entity of XML'],
    ['<sub alias="&b">c</sub>', 'write &amp;'],
    ['<!-- a -->', 'is no tag'],
    ['<![CDATA[a]]>', 'is no tag'],
    ['<?xml version="1.0"?>', 'is no tag'],
    ['<!DOCTYPE a>', 'is no tag'],
    ['a ]]> b', 'write ]]&gt;'],
    ['<constructor/>', '<constructor> at character 1 is not one of the tags'],
  ])('that is not such is refused: %s', (text, problem) => {
    expect(() => speak({ text, voice, ssml: true })).toThrow(RangeError)
    expect(() => speak({ text, voice, ssml: true })).toThrow(problem)
  })

  it('needs a Polly voice', () => {
    for (const other of [undefined, 'WOMAN', 'MAN'] as const) {
      expect(() => speak({ text: 'a', voice: other, ssml: true })).toThrow("voice must be one of Polly's")
    }
  })

  it('has at most 3000 characters', () => {
    expect(() => speak({ text: 'a'.repeat(3000), voice, ssml: true })).not.toThrow()
    expect(() => speak({ text: 'a'.repeat(3001), voice, ssml: true })).toThrow('at most 3000 characters')
  })

  it('brings nothing into the document but its own tags, whatever it is', () => {
    const tags = '<p> </p> <break/> &amp; &#0; &#60; ]]> <![CDATA[ <sub_alias=" "> </Speak> <!-- --> break Hangup p s a'
    const signs = '< > / " \' & ; = _ \r \0'
    const piece = fc.constantFrom(...`${tags} ${signs}`.split(' ').map((text) => text.replace('_', ' ')))
    const allowed = new Set(['Speak', 'break', 'p', 's', 'sub'])
    let built = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        let document: string
        try {
          document = xmlDocument(speak({ text: pieces.join(''), voice, ssml: true }))
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
          return
        }
        built++
        expect(namesIn(document).filter((name) => !allowed.has(name))).toEqual([])
        expect(namesIn(document).filter((name) => name === 'Speak')).toHaveLength(1)
      }),
      { numRuns: 3000 },
    )
    expect(built).toBeGreaterThan(100)
  })
})

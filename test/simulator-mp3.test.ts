import { expect, test } from 'vitest'
import { goertzel } from '../src/audio/tone.ts'
import { decodeMp3, looksLikeMp3 } from '../src/simulator/mp3.ts'
import { call, find, TestServer, xml } from './simulator-support.ts'

/** A quarter of a second of 500 Hz, mono, 16 kHz, as lame writes it. */
const file = Buffer.from(
  '//MoxAANOFrpH0YIAvAE5dttgBd3d3e+IiIjHJgAAEIOaw+Xfgg7B8/wxKcoH+DhzEAP6wcOYgB/WBDmgH+BHd/QFJB8Xg3W//MoxAYOcOqwAZSoAA6HwbYgO0wjphHSBp4EgDBEMAgxLYMS2OULmFzEz/kVIqZF4vf+Yl0upA1+JQkDTfyp0Gr///1Wm5C8//MoxAcOsHpUAd5gAC0wtkYAoCwCAjMDAD0waA5zF6HLMWjnU5mjbzMeHzMMQDMwDgFjBRBEDgJmBgYAVxSUB75+EfgUGRpX//MoxAcEsFIoAAguDPq////7v//v////rn4R+BQZGlf6v///+7//7////65+EfgUGRpX+r////u//+////+u///85otQrgLg//MoxC8EsFIoAAguDACYBGAYgYASMAKAVDAzAOgwFwBVMDFCfzF4SH0xnW8vNYEHZTALRIow+IIgMFqBNjAXgKswMcB5MBVA//MoxFcEsFIoAAguDEswAMAgCADARERpWvL6//8wQIAQZ//kyQwga8scNUh4zHhwx7RBk6wqdTRYGmD6BjMBjT/wtDBvGO8W//MoxH8UYH4wAV/AAH/+JTImQ8Zsn//ymQcrnSLm//+dL5uiXzdH//8vm6JmmAw9/+D4DDwPjQ9//yY00TcaTQpyj+pLIiIV//MoxGgX6dKcAZuoAAqQxoiFQJAkGhVhEKibVUJKhAmeJQVBZ8SgqewVBbKgqeyoLPwV5UJdakxBTUUzLjEwMKqqqqqqqqqq//MoxEMMWHa8OckYAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq',
  'base64',
)

test('an MP3 file is decoded', async () => {
  expect(looksLikeMp3(file)).toBe(true)
  const audio = await decodeMp3(file)
  if (!audio) throw new Error('mpg123-decoder is not installed')
  expect(audio.sampleRateHz).toBe(16_000)
  expect(Math.abs(audio.samples.length / 16 - 250)).toBeLessThan(150)
  expect(goertzel(audio.samples.subarray(2000, 3600), 16_000, 500)).toBeGreaterThan(-12)
})

test('a long one is decoded in a thread, to the same sound', async () => {
  const audio = await decodeMp3(Buffer.concat(Array.from({ length: 120 }, () => file)))
  expect((audio?.samples.length ?? 0) / 16_000).toBeGreaterThan(20)
  expect(goertzel((audio?.samples ?? new Int16Array()).subarray(2000, 3600), 16_000, 500)).toBeGreaterThan(-12)
})

test('what is no MP3 file is none', async () => {
  expect(looksLikeMp3(Buffer.from('RIFF'))).toBe(false)
  expect(await decodeMp3(Buffer.from('ID3 and nothing else'))).toBeUndefined()
})

test('Play plays an MP3 file by its URL, as often as it is to', async () => {
  await using server = await TestServer.start({
    routes: {
      '/answer': () => xml('<Play loop="3">http://HOST/a.mp3</Play>'),
      '/a.mp3': () => ({ type: 'audio/mpeg', body: file }),
    },
  })
  const simulated = call(server)
  const { heard, hangup } = await simulated.ended
  expect(hangup.code).toBe(4010)
  expect(find(simulated.timeline, 'warning')).toEqual([])
  const loudMs = heard.samples.filter((sample) => Math.abs(sample) > 3000).length / 8
  expect(loudMs).toBeGreaterThan(3 * 150)
  expect(goertzel(heard.samples, heard.sampleRateHz, 500)).toBeGreaterThan(-16)
})

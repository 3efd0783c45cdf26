import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

test('how long things are kept is said in days', () => {
  expect(readConfig({}).keepDays).toEqual({ logs: 30, sessions: 365, calls: 365, audit: 365, webhooks: 90 })
  expect(readConfig({ OFFHOOK_KEEP_LOGS_DAYS: '7' }).keepDays.logs).toBe(7)
  expect(() => readConfig({ OFFHOOK_KEEP_AUDIT_DAYS: '0' })).toThrow(ConfigError)
  expect(() => readConfig({ OFFHOOK_KEEP_AUDIT_DAYS: 'x' })).toThrow(/OFFHOOK_KEEP_AUDIT_DAYS must be a whole number/)
})

test('what a node may run is everything, or what its operator names', () => {
  expect(readConfig({}).bots).toEqual(['modules', 'commands', 'images', 'urls'])
  expect(readConfig({ OFFHOOK_BOTS: 'images, urls' }).bots).toEqual(['images', 'urls'])
  expect(() => readConfig({ OFFHOOK_BOTS: 'image' })).toThrow(/OFFHOOK_BOTS takes some of modules,commands,images,urls/)
})

test('images run in the engine that DOCKER_HOST names, up to a size', () => {
  expect(readConfig({}).engine).toMatchObject({ address: undefined, network: 'auto', maxImageBytes: 10 * 1024 ** 3 })
  expect(readConfig({ DOCKER_HOST: 'tcp://127.0.0.1:2375' }).engine.address).toBe('tcp://127.0.0.1:2375')
  expect(() => readConfig({ OFFHOOK_MAX_IMAGE_MB: '0' })).toThrow(/OFFHOOK_MAX_IMAGE_MB must be a whole number/)
})

test('sessions are traced when OpenTelemetry has an endpoint, and a bad one keeps no node from starting', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }
  expect(readConfig({}).traces).toBeUndefined()
  expect(readConfig(endpoint).traces).toEqual({})
  expect(readConfig({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/v1' }).traces).toEqual({})
  expect(readConfig({ ...endpoint, OTEL_SDK_DISABLED: 'true' }).traces).toBeUndefined()
  expect(readConfig({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }).traces).toBeUndefined()
  expect(readConfig({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }).traces?.problem).toMatch(/must be http/)
  expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: '127.0.0.1:4318' }).traces?.problem).toMatch(/must be like http:/)
})

test('what looks like a setting and is none is told', () => {
  const environment = { OFFHOOK_PORT: '80', OFFHOOK_HOST: '::', OFFHOOK_TOKEN: 'x', OFFHOOK_MAX_CALLS: '2', HOME: '/' }
  expect(readConfig(environment).unknown).toEqual(['OFFHOOK_PORT'])
})

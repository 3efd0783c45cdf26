import { expect, test } from 'vitest'
import { profileOf } from '../profile.ts'
import { type ContainerSpec, containerRequest } from './container-request.ts'

const spec: ContainerSpec = {
  image: 'offhook/version:1',
  network: { kind: 'address', name: 'offhook' },
  init: true,
  port: 8080,
  profile: profileOf('agent-1x'),
  environment: { GREETING: 'a=b', EMPTY: '', ABSENT: undefined },
  labels: { 'offhook.node': 'n' },
}

test('a container has half a processor and 1 GB by the smallest profile, and no swap', () => {
  const { HostConfig } = containerRequest(spec)
  expect(HostConfig).toMatchObject({ NanoCpus: 5e8, Memory: 1024 ** 3, MemorySwap: 1024 ** 3, PidsLimit: 512 })
  expect(containerRequest({ ...spec, profile: profileOf('agent-3x') }).HostConfig).toMatchObject({
    NanoCpus: 1.5e9,
    Memory: 3 * 1024 ** 3,
  })
})

test('a container may write to /tmp only, and has no rights', () => {
  const { HostConfig, User } = containerRequest(spec)
  expect(HostConfig).toMatchObject({
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Tmpfs: { '/tmp': 'rw,nosuid,nodev,exec,mode=1777,size=536870912' },
  })
  expect(HostConfig?.Privileged).toBeUndefined()
  expect(User).toBeUndefined()
})

test('the environment is passed on as it is, with the port; what is absent stays away', () => {
  expect(containerRequest(spec).Env).toEqual(['GREETING=a=b', 'EMPTY=', 'PORT=8080'])
})

test('a port is published only where the node cannot reach the container’s own address', () => {
  expect(containerRequest(spec).HostConfig?.PortBindings).toBeUndefined()
  const published = containerRequest({ ...spec, network: { kind: 'published', name: 'offhook' } })
  expect(published.HostConfig?.PortBindings).toEqual({ '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] })
  expect(published.ExposedPorts).toEqual({ '8080/tcp': {} })
  expect(containerRequest({ ...spec, network: { kind: 'host' } }).HostConfig?.NetworkMode).toBe('host')
})

test('an init process is asked for only where the engine brings one', () => {
  expect(containerRequest(spec).HostConfig?.Init).toBe(true)
  expect(containerRequest({ ...spec, init: false }).HostConfig?.Init).toBeUndefined()
})

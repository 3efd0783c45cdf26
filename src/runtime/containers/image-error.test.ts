import { expect, test } from 'vitest'
import { pullErrorCode } from './image-error.ts'

test.each([
  ['manifest for me/bot:9 not found: manifest unknown: manifest unknown', 'PCC_IMAGE_NOT_FOUND'],
  [
    "pull access denied for me/bot, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    'PCC_IMAGE_NOT_FOUND',
  ],
  ['Get "https://ghcr.io/v2/me/bot/manifests/1": unauthorized: authentication required', 'PCC_IMAGE_PULL_UNAUTHORIZED'],
  ['error from registry: denied', 'PCC_IMAGE_PULL_UNAUTHORIZED'],
  ['Head "http://127.0.0.1:5000/v2/bot/manifests/1": no basic auth credentials', 'PCC_IMAGE_PULL_UNAUTHORIZED'],
  ['no matching manifest for linux/amd64 in the manifest list entries', 'PCC_INVALID_IMAGE_PLATFORM'],
  [
    'image with reference me/bot was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64',
    'PCC_INVALID_IMAGE_PLATFORM',
  ],
  ['toomanyrequests: You have reached your pull rate limit.', 'PCC_IMAGE_PULL_RATE_LIMIT'],
  ['write /var/lib/docker/tmp/x: no space left on device', 'PCC_IMAGE_TOO_LARGE'],
  [
    'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
    'PCC_IMAGE_PULL_UNKNOWN_ERROR',
  ],
])('"%s" is %s', (text, code) => {
  expect(pullErrorCode(text)).toBe(code)
})

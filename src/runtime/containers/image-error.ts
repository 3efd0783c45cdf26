/** As Pipecat Cloud's tools know them. */
export type ImageErrorCode =
  | 'PCC_IMAGE_NOT_FOUND'
  | 'PCC_IMAGE_PULL_UNAUTHORIZED'
  | 'PCC_IMAGE_TOO_LARGE'
  | 'PCC_IMAGE_PULL_RATE_LIMIT'
  | 'PCC_INVALID_IMAGE_PLATFORM'
  | 'PCC_IMAGE_PULL_UNKNOWN_ERROR'

/** An image that cannot run on this node. The message is for the person who deployed it. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly code: ImageErrorCode

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Engines tell by text alone why a registry refused: first match wins. */
const signs: readonly (readonly [RegExp, ImageErrorCode])[] = [
  [
    /no matching manifest|does not match the (specified|expected) platform|wrong platform/i,
    'PCC_INVALID_IMAGE_PLATFORM',
  ],
  [/toomanyrequests|too many requests|rate limit|status: 429/i, 'PCC_IMAGE_PULL_RATE_LIMIT'],
  [/no space left|too large/i, 'PCC_IMAGE_TOO_LARGE'],
  // Docker Hub says "denied" of what does not exist as well.
  [/manifest.* (unknown|not found)|not found|does not exist|name unknown/i, 'PCC_IMAGE_NOT_FOUND'],
  [/unauthorized|denied|authentication required|no basic auth|incorrect username/i, 'PCC_IMAGE_PULL_UNAUTHORIZED'],
]

/** What an engine's words about a pull mean. */
export const pullErrorCode = (text: string): ImageErrorCode =>
  signs.find(([sign]) => sign.test(text))?.[1] ?? 'PCC_IMAGE_PULL_UNKNOWN_ERROR'

import type { Target } from '../target.ts'
import { documents } from './documents.ts'
import { gateway } from './gateway.ts'
import { mediaStream } from './media-stream.ts'
import { parsers } from './parsers.ts'
import { rest } from './rest.ts'
import { streamSocket } from './stream-socket.ts'

export const targets: readonly Target[] = [mediaStream, streamSocket, documents, rest, parsers, gateway]

import { z } from '@hono/zod-openapi'
import type { Parsed } from '../../lib/parsed.ts'
import { crashFallbacks, longestRingMs } from '../../sessions/call-policy.ts'
import { parseFallback } from '../../sessions/detours/fallback.ts'
import {
  afterQueueFallbacks,
  longestQueue,
  longestQueueSeconds,
  parseOverflow,
} from '../../sessions/overflow/overflow.ts'

const readBy = (parse: (text: string) => Parsed<unknown>) =>
  z.string().superRefine((text, context) => {
    const read = parse(text)
    if (!read.ok) context.addIssue({ code: 'custom', message: read.problem })
  })

/** What callers may expect beside the bot; Offhook's own. What is not said stays as it is, or is the default. */
export const callSettings = z
  .object({
    onCrash: readBy((text) => parseFallback(text, 'onCrash', crashFallbacks))
      .optional()
      .openapi({
        description:
          'For a caller whose bot threw, did not come up, or crashed once too often: `apology` (the default), `forward:<number>`, `message`, `say:<text>` or `hangup`.',
        example: 'forward:+14155550100',
      }),
    overflow: readBy((text) => parseOverflow(text, 'overflow'))
      .optional()
      .openapi({
        description:
          'For a caller for whom there is no place, since the agent or the node has as many calls as it takes: `apology` (the default), `busy`, `queue`, `forward:<number>`, `message` or `say:<text>`.',
        example: 'queue',
      }),
    overflowWaitSeconds: z
      .int('must be a whole number of seconds')
      .min(1, 'must be at least 1 second')
      .max(longestQueueSeconds, `must be at most ${longestQueueSeconds} seconds`)
      .optional()
      .openapi({ description: 'How long a caller waits in the queue. Default 60.' }),
    overflowQueueMax: z
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(longestQueue, `must be at most ${longestQueue}`)
      .optional()
      .openapi({ description: 'Callers who may wait at once; the next one gets `overflowThen`. Default 10.' }),
    overflowThen: readBy((text) => parseFallback(text, 'overflowThen', afterQueueFallbacks))
      .optional()
      .openapi({
        description:
          'For a caller who has waited so long: `apology` (the default), `forward:<number>`, `message`, `say:<text>` or `hangup`.',
      }),
    comfortTone: z.enum(['until-taken', 'until-spoken', 'off']).optional().openapi({
      description:
        'Whether a caller who waits for the bot hears a soft tone: until a bot has taken the call (the default), until it has spoken, or not at all.',
    }),
    ringUntilReadyMs: z
      .int('must be a whole number of milliseconds')
      .min(0, 'must be at least 0')
      .max(longestRingMs, `must be at most ${longestRingMs}`)
      .optional()
      .openapi({ description: 'The telephone rings on for so long when no instance is ready. Default 0.' }),
    maxSilenceSeconds: z
      .int('must be a whole number of seconds')
      .min(5, 'must be at least 5 seconds')
      .max(14_400, 'must be at most 14400 seconds')
      .optional()
      .openapi({ description: 'The call ends when neither side was heard for so long. Default: it does not.' }),
    goodbye: z.string().min(1, 'must not be empty').max(3000, 'must have at most 3000 characters').optional().openapi({
      description: "What Plivo's voice says when a limit ends the call. Default: nothing.",
    }),
  })
  .openapi('CallSettings')

import { z } from '@hono/zod-openapi'
import { crashFallbacks, longestRingMs, overflowFallbacks } from '../../sessions/call-policy.ts'
import { type Fallback, parseFallback } from '../../sessions/fallback.ts'

const fallback = (field: string, kinds: readonly Fallback['type'][]) =>
  z.string().superRefine((text, context) => {
    const read = parseFallback(text, field, kinds)
    if (!read.ok) context.addIssue({ code: 'custom', message: read.problem })
  })

/** What callers may expect beside the bot; Offhook's own. What is not said stays as it is, or is the default. */
export const callSettings = z
  .object({
    onCrash: fallback('onCrash', crashFallbacks).optional().openapi({
      description:
        'For a caller whose bot threw, did not come up, or crashed once too often: `apology` (the default), `forward:<number>`, `message`, `say:<text>` or `hangup`.',
      example: 'forward:+14155550100',
    }),
    overflow: fallback('overflow', overflowFallbacks).optional().openapi({
      description:
        'For a caller for whom there is no place, since the agent or the node has as many calls as it takes: `apology` (the default), `busy`, `forward:<number>`, `message` or `say:<text>`.',
      example: 'message',
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

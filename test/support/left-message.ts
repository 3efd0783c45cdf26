import { randomUUID } from 'node:crypto'
import type { Store } from '../../src/store/store.ts'

/** Something that webhooks are told, as often as one likes: `message.left`. Returns where the sound is. */
export async function leaveMessage(store: Store, organizationId: string): Promise<string> {
  const url = `https://media.example.test/${randomUUID()}.mp3`
  await store.messages.create(organizationId, { callId: randomUUID(), url })
  return url
}

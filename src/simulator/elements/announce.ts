import { AttributeReader } from '../attribute-reader.ts'
import type { Pcm } from '../audio-track.ts'
import type { CallContext } from '../call-context.ts'
import type { XmlElement } from '../xml-document.ts'

/** Plays as often as `loop` says; 0 is for ever. Resolves when the caller has heard it, or it is to stop. */
export async function announce(
  audio: Pcm,
  element: XmlElement,
  { line, halted, timeline }: CallContext,
): Promise<void> {
  const read = new AttributeReader(element, (text) => timeline.warn(text))
  let left = read.whole('loop', { least: 0, standard: 1 }) || Number.POSITIVE_INFINITY
  for (; left > 0 && !halted.aborted; left--) await line.announce(audio, halted)
}

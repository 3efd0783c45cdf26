import { bytesOf, frameMs, type AudioFormat } from './format.ts'
import { dbfsOfEnergy } from './level.ts'
import { mulawEnergy } from './mulaw.ts'

export interface VoiceActivityOptions {
  /** Speech in one go that counts as a start, in milliseconds. Default 100; it takes 80 to tell speech from a tone. */
  readonly startMs?: number
  /** Quiet in one go that counts as the end, in milliseconds. Default 500. */
  readonly endMs?: number
}

export type VoiceChange = 'speech.started' | 'speech.ended'

/** Sound this far above the noise floor may be speech; once it is, less is enough, for the ends of words fade. */
const startAboveFloorDb = 10
const stayAboveFloorDb = 6
/** The floor is never taken to be lower, so below −40 dBFS no speech starts, however quiet the line. */
const lowestFloorDbfs = -50
/** How far the floor follows each frame: down at once, for speech has gaps; up in seconds, for hum and hiss have none. */
const floorFall = 0.25
const floorRise = 0.005
/** Between its quietest and loudest frame, sound must vary this much to be speech. Hum, hiss and key tones do not. */
const leastVariationDb = 4

/**
 * Tells when a caller starts and stops speaking, from the energy of each 20 ms. No allocation: it runs on every frame of
 * every call.
 */
export class VoiceActivity {
  readonly #isMulaw: boolean
  readonly #frameBytes: number
  readonly #frameSamples: number
  readonly #startFrames: number
  readonly #endFrames: number

  /** The frame being collected. */
  #bytes = 0
  #energy = 0
  #lowByte = -1

  #speaking = false
  #floorDbfs = lowestFloorDbfs
  /** Frames in a row that speak for a change: loud ones while quiet, quiet ones while speaking. */
  #run = 0
  #lastDbfs = 0
  #quietestDbfs = 0
  #loudestDbfs = 0

  constructor(format: AudioFormat, { startMs = 100, endMs = 500 }: VoiceActivityOptions = {}) {
    this.#isMulaw = format.encoding === 'audio/x-mulaw'
    this.#frameBytes = bytesOf(format, frameMs)
    this.#frameSamples = (format.sampleRateHz * frameMs) / 1000
    this.#startFrames = Math.ceil(startMs / frameMs)
    this.#endFrames = Math.ceil(endMs / frameMs)
  }

  get speaking(): boolean {
    return this.#speaking
  }

  /** Takes any number of bytes; returns what changed from before them to after them. */
  push(audio: Uint8Array): VoiceChange | undefined {
    const wasSpeaking = this.#speaking
    for (const byte of audio) {
      if (this.#isMulaw) {
        this.#energy += mulawEnergy[byte] ?? 0
      } else if (this.#lowByte < 0) {
        this.#lowByte = byte
      } else {
        const sample = (((byte << 8) | this.#lowByte) << 16) >> 16
        this.#energy += sample * sample
        this.#lowByte = -1
      }
      this.#bytes++
      if (this.#bytes === this.#frameBytes) this.#endFrame()
    }
    if (this.#speaking === wasSpeaking) return undefined
    return this.#speaking ? 'speech.started' : 'speech.ended'
  }

  #endFrame(): void {
    const levelDbfs = Math.max(lowestFloorDbfs, dbfsOfEnergy(this.#energy, this.#frameSamples))
    this.#bytes = 0
    this.#energy = 0
    const loud = levelDbfs > this.#floorDbfs + (this.#speaking ? stayAboveFloorDb : startAboveFloorDb)
    this.#floorDbfs += (levelDbfs - this.#floorDbfs) * (levelDbfs < this.#floorDbfs ? floorFall : floorRise)
    if (loud === this.#speaking) this.#run = 0
    else if (this.#speaking) this.#hearQuiet()
    else this.#hearSound(levelDbfs)
  }

  #hearQuiet(): void {
    this.#run++
    if (this.#run >= this.#endFrames) this.#turn()
  }

  #hearSound(levelDbfs: number): void {
    this.#run++
    // Sound begins and ends in the middle of frames, so the first and the last of a run say nothing of how it varies.
    if (this.#run <= 2) {
      this.#quietestDbfs = this.#loudestDbfs = levelDbfs
    } else {
      this.#quietestDbfs = Math.min(this.#quietestDbfs, this.#lastDbfs)
      this.#loudestDbfs = Math.max(this.#loudestDbfs, this.#lastDbfs)
    }
    this.#lastDbfs = levelDbfs
    if (this.#run >= this.#startFrames && this.#loudestDbfs - this.#quietestDbfs >= leastVariationDb) this.#turn()
  }

  #turn(): void {
    this.#speaking = !this.#speaking
    this.#run = 0
  }
}

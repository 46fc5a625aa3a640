// Recording a voice: in a format that the channel takes and this browser can make.

import { asWav } from "./wav.js"

// The surest first. `records`: what the browser's recorder must be able to write; without one the file is made here of
// whatever it records.
const WAYS = [
  { types: ["audio/ogg"], records: "audio/ogg;codecs=opus", ending: "ogg" },
  { types: ["audio/wav", "audio/x-wav"], make: asWav, ending: "wav" },
  { types: ["audio/mp4", "audio/m4a", "audio/x-m4a"], records: "audio/mp4;codecs=mp4a.40.2", make: asM4a, ending: "m4a" },
]
const M4A = new TextEncoder().encode("M4A ")

export const mayRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder)

// How to record for a channel that takes files of these types, as {type, ending, …}; null when there is no way.
export function wayFor(types, isSupported = (type) => MediaRecorder.isTypeSupported(type)) {
  for (const way of WAYS) {
    const type = way.types.find((each) => types.includes(each))
    if (type && (!way.records || isSupported(way.records))) return { ...way, type }
  }
  return null
}

export class Recording {
  // Asks for the microphone; raises what the browser does when there is none, or it is not allowed.
  static async begin(way) {
    return new Recording(way, await navigator.mediaDevices.getUserMedia({ audio: true }))
  }

  constructor(way, stream) {
    Object.assign(this, { way, stream, began: performance.now(), chunks: [] })
    this.recorder = new MediaRecorder(stream, way.records ? { mimeType: way.records } : {})
    this.recorder.addEventListener("dataavailable", ({ data }) => this.chunks.push(data))
    this.recorder.start(1000)
    this.context = new AudioContext()
    this.ear = this.context.createAnalyser()
    this.heard = new Float32Array(this.ear.fftSize)
    this.context.createMediaStreamSource(stream).connect(this.ear)
  }

  // ms
  get length() {
    return performance.now() - this.began
  }

  // How loud it is now, 0 to 1.
  get level() {
    this.ear.getFloatTimeDomainData(this.heard)
    const power = this.heard.reduce((sum, sample) => sum + sample * sample, 0) / this.heard.length
    return Math.min(1, 4 * Math.sqrt(power))
  }

  // The file. Raises when there is no sound in it.
  async end() {
    const ended = new Promise((done) => this.recorder.addEventListener("stop", done, { once: true }))
    this.recorder.stop()
    await ended
    this.release()
    const recorded = new Blob(this.chunks, { type: this.recorder.mimeType })
    const { make, type, ending } = this.way
    const made = make ? await make(recorded, type) : recorded
    return new File([made], `Voice message.${ending}`, { type })
  }

  // The microphone is let go, and with it the sign by which the browser shows that it is on.
  release() {
    if (this.recorder.state !== "inactive") this.recorder.stop()
    for (const track of this.stream.getTracks()) track.stop()
    this.context.close()
  }
}

// Recorders call what they write a film; the box says at its beginning what is in it (ISO/IEC 14496-12, `ftyp`), and there
// it is put right.
async function asM4a(recorded, type) {
  const bytes = new Uint8Array(await recorded.arrayBuffer())
  bytes.set(M4A, 8)
  return new Blob([bytes], { type })
}

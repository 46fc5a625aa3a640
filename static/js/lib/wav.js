// A recording as a WAV file: every browser can make one, and hardly a platform refuses it.

const RATE = 24_000 // Hz: all of a voice
const HEAD = 44 // bytes

// `recorded`: a Blob of whatever this browser records. Raises when it holds no sound.
export async function asWav(recorded, type) {
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await recorded.arrayBuffer())
  const channels = Array.from({ length: sound.numberOfChannels }, (_, number) => sound.getChannelData(number))
  return new Blob([head(sound.length), samples(channels, sound.length)], { type })
}

// Mono, 16 bits, uncompressed (Microsoft's WAVEFORMAT, https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html).
function head(length) {
  const view = new DataView(new ArrayBuffer(HEAD))
  const word = (at, text) => [...text].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)))
  word(0, "RIFF")
  view.setUint32(4, HEAD - 8 + length * 2, true)
  word(8, "WAVEfmt ")
  view.setUint32(16, 16, true) // bytes of the format that follows
  view.setUint16(20, 1, true) // uncompressed
  view.setUint16(22, 1, true) // channels
  view.setUint32(24, RATE, true)
  view.setUint32(28, RATE * 2, true) // bytes a second
  view.setUint16(32, 2, true) // bytes a sample
  view.setUint16(34, 16, true) // bits of it
  word(36, "data")
  view.setUint32(40, length * 2, true)
  return view
}

function samples(channels, length) {
  const view = new DataView(new ArrayBuffer(length * 2))
  for (let place = 0; place < length; place++) {
    const mixed = channels.reduce((sum, channel) => sum + channel[place], 0) / channels.length
    view.setInt16(place * 2, Math.max(-1, Math.min(1, mixed)) * 0x7fff, true)
  }
  return view
}

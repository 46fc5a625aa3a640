// The sounds of alerts, made here: short and soft, and none that one hears elsewhere all day.

const WAIT = 250 // ms in which a browser that allows sound has begun
// Tones: [wave, hertz at the beginning and the end, seconds from the start, seconds that it rings].
const SOUNDS = {
  chime: [
    ["sine", 784, 784, 0, 0.5],
    ["sine", 1175, 1175, 0.13, 0.7],
  ],
  knock: [
    ["triangle", 240, 110, 0, 0.12],
    ["triangle", 260, 120, 0.16, 0.14],
  ],
  ping: [["sine", 1319, 1319, 0, 0.45]],
}

let context = null

// Browsers let a page sound once somebody has touched it: from then on it may, also in the background.
export function readySounds() {
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => wake(), { capture: true, once: true })
}

// Plays one by its name. Answers "played", "blocked" (nobody has touched the page yet) or "off".
export async function playSound(name, volume) {
  if (!SOUNDS[name]) return "off"
  if (!(await wake())) return "blocked"
  for (const tone of SOUNDS[name]) ring(tone, volume / 100)
  return "played"
}

async function wake() {
  context ??= new AudioContext()
  if (context.state !== "running") {
    await Promise.race([context.resume().catch(() => undefined), new Promise((done) => setTimeout(done, WAIT))])
  }
  return context.state === "running"
}

function ring([type, from, to, after, length], loudness) {
  const [start, end] = [context.currentTime + after, context.currentTime + after + length]
  const [tone, gain] = [context.createOscillator(), context.createGain()]
  tone.type = type
  tone.frequency.setValueAtTime(from, start)
  tone.frequency.exponentialRampToValueAtTime(to, end)
  gain.gain.setValueAtTime(0.0001, start)
  gain.gain.exponentialRampToValueAtTime(Math.max(0.001, loudness * loudness * 0.6), start + 0.015) // as ears hear it
  gain.gain.exponentialRampToValueAtTime(0.0001, end)
  tone.connect(gain).connect(context.destination)
  tone.start(start)
  tone.stop(end)
}

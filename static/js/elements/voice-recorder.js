// <voice-recorder>: the strip over the composer's foot while one speaks. What was said becomes a file beside the words: to
// be listened to, removed, or sent with them.

import { announce, one } from "../lib/dom.js"
import { mayRecord, Recording, wayFor } from "../lib/recording.js"
import { length } from "../lib/time.js"

const LONGEST = 5 * 60_000 // ms
const SILENCE = 3_000 // ms without a sound: the microphone may be off
const QUIET = 0.02
const BARS_EVERY = 60 // ms
const BAR = 4 // px, with the gap
const REFUSALS = {
  NotAllowedError: "This browser does not let the desk use the microphone. Allow it in the site's settings, at the left end of the address.",
  NotFoundError: "No microphone was found.",
  NotReadableError: "The microphone cannot be used: another program may have it.",
}

class VoiceRecorder extends HTMLElement {
  connectedCallback() {
    this.composer = this.closest("message-composer")
    this.button = one("[data-record]", this.composer)
    this.button.addEventListener("click", () => this.begin())
    one("[data-stop]", this).addEventListener("click", () => this.end())
    one("[data-discard-recording]", this).addEventListener("click", () => this.discard())
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.discard())
    this.composer.addEventListener("change", ({ target }) => target.name === "kind" && this.recording && this.end())
    this.onOutdated = (event) => this.recording && event.preventDefault() // no reload while one speaks
    document.addEventListener("outdated", this.onOutdated)
    this.button.hidden = false
  }

  disconnectedCallback() {
    document.removeEventListener("outdated", this.onOutdated)
    this.stop()
  }

  // Why it cannot be done here; "" when it can.
  get refusal() {
    if (!mayRecord()) return "This browser records at https:// addresses only."
    if (!this.way) return "Nothing that this browser can record is taken by the customer's platform."
    return ""
  }

  get way() {
    const { audio } = JSON.parse(this.composer.dataset.media)
    return wayFor(audio?.types ?? [])
  }

  async begin() {
    if (this.recording || this.isAsking) return
    if (this.refusal) return this.composer.problem(this.refusal)
    this.composer.problem(null)
    this.isAsking = true
    try {
      this.recording = await Recording.begin(this.way)
    } catch (error) {
      return this.composer.problem(REFUSALS[error.name] ?? "The microphone could not be opened.")
    } finally {
      this.isAsking = false
    }
    if (!this.isConnected) return this.stop() // another ticket was opened meanwhile
    this.show(true)
    one("[data-stop]", this).focus()
    announce("Recording")
    this.follow()
  }

  // What was said goes to the composer.
  async end() {
    const { recording } = this
    if (!recording) return
    const said = length(recording.length)
    this.recording = null
    this.show(false)
    try {
      this.composer.attach([await recording.end()], null, said)
      announce(`Recorded, ${said}. Listen to it, remove it, or send it.`)
    } catch (error) {
      recording.release()
      if (error.name !== "EncodingError") throw error
      this.composer.problem("Nothing was recorded. Hold on a little longer, and try again.")
    }
  }

  discard() {
    if (!this.recording) return
    this.stop()
    announce("Recording discarded")
    this.button.focus()
  }

  stop() {
    this.recording?.release()
    this.recording = null
    this.show(false)
  }

  show(isRecording) {
    this.hidden = !isRecording
    this.button.ariaPressed = String(isRecording)
    clearInterval(this.timer)
  }

  follow() {
    this.levels = []
    this.heardAt = performance.now()
    this.timer = setInterval(() => this.tick(), BARS_EVERY)
    this.tick()
  }

  tick() {
    const { recording } = this
    if (recording.length >= LONGEST) return this.end()
    const level = recording.level
    if (level > QUIET) this.heardAt = performance.now()
    this.levels.push(level)
    one("[data-time]", this).textContent = length(recording.length)
    one("[data-silent]", this).hidden = performance.now() - this.heardAt < SILENCE
    this.draw()
  }

  draw() {
    const canvas = one("canvas", this)
    const { clientWidth: width, clientHeight: height } = canvas
    const scale = devicePixelRatio
    canvas.width = width * scale
    canvas.height = height * scale
    const pen = canvas.getContext("2d")
    pen.scale(scale, scale)
    pen.fillStyle = getComputedStyle(canvas).color
    this.levels = this.levels.slice(-Math.floor(width / BAR))
    this.levels.forEach((level, place) => {
      const tall = Math.max(2, level * height)
      pen.fillRect(width - (this.levels.length - place) * BAR, (height - tall) / 2, BAR - 1.5, tall)
    })
  }
}

customElements.define("voice-recorder", VoiceRecorder)

// <live-clock datetime data-mode="since|until">: a stretch of time that goes on. All of them tick together, and only the
// text changes, so nothing moves.

import { duration, now } from "../lib/time.js"

const TICK = 5000 // ms
const clocks = new Set()

class LiveClock extends HTMLElement {
  connectedCallback() {
    clocks.add(this)
    this.tick()
  }

  disconnectedCallback() {
    clocks.delete(this)
  }

  tick() {
    const at = Date.parse(this.getAttribute("datetime"))
    if (Number.isNaN(at)) return
    const isUntil = this.dataset.mode === "until"
    const left = isUntil ? at - now() : now() - at
    if (isUntil && left <= 0 && !this.isOver) {
      this.isOver = true
      this.dispatchEvent(new CustomEvent("over", { bubbles: true }))
    }
    const text = duration(Math.max(left, 0), "fine" in this.dataset)
    if (this.textContent !== text) this.textContent = text
  }
}

setInterval(() => clocks.forEach((clock) => clock.tick()), TICK)
customElements.define("live-clock", LiveClock)

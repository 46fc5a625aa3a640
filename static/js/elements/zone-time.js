// <zone-time data-zone="Europe/Berlin">: what the clocks show there now, and how far from here.

import { dayKey, now } from "../lib/time.js"

const TICK = 10_000 // ms
const clocks = new Set()

class ZoneTime extends HTMLElement {
  connectedCallback() {
    clocks.add(this)
    this.tick()
  }

  disconnectedCallback() {
    clocks.delete(this)
  }

  tick() {
    const date = new Date(now())
    const text = timeIn(this.dataset.zone, date)
    if (text && this.textContent !== text) this.textContent = text
    this.title = this.dataset.zone
  }
}

// "14:05", with the weekday where it is another one than here: "Fri 02:05".
function timeIn(zone, date) {
  try {
    const there = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(date)
    const day = there({ year: "numeric", month: "numeric", day: "numeric" }).split("/").reverse().map(Number).join("-")
    const clock = there({ hour: "2-digit", minute: "2-digit" })
    return day === dayKey(date) ? clock : `${there({ weekday: "short" })} ${clock}`
  } catch {
    return "" // a zone that this browser does not know: its name stays
  }
}

setInterval(() => clocks.forEach((clock) => clock.tick()), TICK)
customElements.define("zone-time", ZoneTime)

// <desk-banners>: what is wrong with the desk. The server draws its lines and sends them anew when they change; what was
// dismissed stays away in this window, and while the database does not answer the page says so by itself.

import { all, announce, clone, listen, one } from "../lib/dom.js"
import { live } from "../lib/live.js"

const KEY = "helpdesk:dismissed"
let known = null // keys that were on the page already

class DeskBanners extends HTMLElement {
  connectedCallback() {
    for (const button of all("[data-dismiss-banner]", this)) button.hidden = false
    for (const line of all("[data-key]", this)) if (dismissed().includes(line.dataset.key)) line.remove()
    const lines = all("[data-key]", this)
    if (known) for (const line of lines) if (!known.includes(line.dataset.key)) announce(line.textContent.trim())
    known = lines.map((line) => line.dataset.key)
    document.addEventListener("connection", this)
    if (!this.isReady) listen(this, "click", "[data-dismiss-banner]", (_, button) => this.dismiss(button.closest("[data-key]")))
    this.isReady = true
    this.handleEvent()
  }

  disconnectedCallback() {
    document.removeEventListener("connection", this)
  }

  // "connection": the last answer may have said that the database is away.
  handleEvent() {
    const line = one("[data-away]", this)
    if (!live.isDatabaseAway) line?.remove()
    else if (!line) this.prepend(clone("banner-away", { time: live.at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) }))
  }

  dismiss(line) {
    keep([...dismissed(), line.dataset.key])
    line.remove()
  }
}

function dismissed() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? []
  } catch {
    return [] // storage is switched off
  }
}

function keep(keys) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(keys.slice(-100)))
  } catch {
    // it comes back with the next page
  }
}

customElements.define("desk-banners", DeskBanners)

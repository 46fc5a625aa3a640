// <alert-bell>: whether alerts are on, quiet for now, or cannot be told in this browser. A link to the agent's settings.

import { announce, one } from "../lib/dom.js"
import { permission } from "../lib/notifications.js"
import { clockTime } from "../lib/time.js"

const BLOCKED = "Alerts: this browser blocks notifications of the desk"
const WORDS = {
  on: () => "Alerts",
  off: () => "Alerts: switched off",
  quiet: (plan) => `Alerts: quiet until ${clockTime(new Date(plan.quiet_until))}`,
  unasked: () => "Alerts: this browser has not been allowed to show notifications yet",
  blocked: () => BLOCKED,
  silent: () => "Alerts: no sound until you have clicked somewhere in this page",
}
const WRONG = ["unasked", "blocked", "silent"]

class AlertBell extends HTMLElement {
  connectedCallback() {
    document.addEventListener("plan", this)
    document.addEventListener("alerted", this)
  }

  disconnectedCallback() {
    document.removeEventListener("plan", this)
    document.removeEventListener("alerted", this)
  }

  handleEvent({ type, detail }) {
    if (type === "plan") this.plan = detail
    else if (detail.sound !== "rests") this.isSilent = detail.sound === "blocked"
    this.show()
  }

  show() {
    const state = this.stateOf(this.plan)
    if (state === this.dataset.state) return
    const words = WORDS[state](this.plan)
    const link = one("a", this)
    this.dataset.state = state
    link.title = words
    link.ariaLabel = words
    one(".rail__mark", this).hidden = !WRONG.includes(state)
    if (state === "blocked" || state === "silent") announce(words)
  }

  stateOf(plan) {
    if (!plan) return "on"
    if (plan.quiet_until) return "quiet"
    if (plan.desktop && permission() === "denied") return "blocked"
    if (plan.desktop && permission() === "default") return "unasked"
    if (this.isSilent) return "silent"
    return plan.sound === "none" && !plan.desktop ? "off" : "on"
  }
}

customElements.define("alert-bell", AlertBell)

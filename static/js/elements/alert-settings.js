// <alert-settings>: around the form in which one chooses. Says what this browser allows, asks it, and plays an alert.

import { one } from "../lib/dom.js"
import { askPermission, notify, permission } from "../lib/notifications.js"
import { playSound } from "../lib/sounds.js"
import { say } from "../lib/tabs.js"

const PERMISSIONS = {
  granted: ["good", "This browser shows notifications of the desk."],
  default: ["", "This browser has not been asked yet whether the desk may show notifications."],
  denied: [
    "bad",
    "This browser blocks notifications of the desk. Open the site's settings, at the left end of the address, allow notifications there, and reload this page.",
  ],
  none: ["bad", "This browser shows no notifications here: it does so for desks at https:// addresses, and on phones for installed ones only. What would be one stands at the edge of the page instead."],
}
const SOUND_RESULTS = {
  played: ["", "Sound: played. Not heard? Look at the volume of this tab, the browser and the machine."],
  blocked: ["bad", "Sound: this browser blocks it. Allow sound in the site's settings, at the left end of the address."],
  off: ["", "Sound: you have chosen none."],
}
const DESKTOP_RESULTS = {
  shown: ["", "Notification: shown. Not seen? The system may hold it back: look at its “do not disturb”."],
  blocked: ["bad", "Notification: this browser blocks it, as said above."],
  unasked: ["bad", "Notification: this browser has not been allowed to show any."],
  none: ["bad", "Notification: this browser shows none here."],
  off: ["", "Notification: you have chosen none."],
}

class AlertSettings extends HTMLElement {
  connectedCallback() {
    this.form = one("form", this)
    this.results = one("[data-results]", this)
    if ("new" in this.form.dataset) this.form.elements.zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone
    one("[data-test]", this).hidden = false
    one("[data-test]", this).addEventListener("click", () => this.test())
    one("[data-allow]", this).addEventListener("click", () => this.allow())
    this.form.elements.sound.addEventListener("change", () => this.play())
    this.form.elements.volume.addEventListener("change", () => this.play())
    this.form.addEventListener("input", () => this.results.replaceChildren())
    this.showPermission()
    say("alerts-changed") // an open desk asks again: this page is loaded after each change
  }

  showPermission() {
    const allowed = permission()
    const [tone, words] = PERMISSIONS[allowed]
    const place = one("[data-permission]", this)
    place.textContent = words
    place.className = tone ? `alerts__state alerts__state--${tone}` : "alerts__state"
    one("[data-allow]", this).hidden = allowed !== "default"
  }

  async allow() {
    await askPermission()
    this.showPermission()
  }

  play() {
    const { sound, volume } = this.form.elements
    return playSound(sound.value, Number(volume.value))
  }

  // With what is chosen in the form, saved or not.
  async test() {
    this.results.replaceChildren()
    this.tell(SOUND_RESULTS[await this.play()])
    const isDesktop = this.form.elements.desktop.checked
    if (isDesktop) await this.allow()
    const alert = { title: "Helpdesk", text: "This is how the desk tells you something.", tag: "test" }
    this.tell(DESKTOP_RESULTS[isDesktop ? notify(alert) : "off"])
  }

  tell([tone, words]) {
    const item = document.createElement("li")
    item.textContent = words
    if (tone) item.className = `alerts__result--${tone}`
    this.results.append(item)
    item.scrollIntoView({ block: "nearest" })
  }
}

customElements.define("alert-settings", AlertSettings)

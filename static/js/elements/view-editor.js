// <view-editor>: the conditions of a view. The server draws them anew after each change of their shape, and counts what
// they hold after each change of a value; without this script the form's own buttons do.

import { one } from "../lib/dom.js"
import { Problem, postForText } from "../lib/http.js"
import { parse } from "../lib/streams.js"

const PAUSE = 300 // ms after the last change

class ViewEditor extends HTMLElement {
  connectedCallback() {
    this.form = one("form", this)
    this.form.addEventListener("submit", (event) => this.submitted(event))
    this.form.addEventListener("change", ({ target }) => (target.matches("[data-redraw]") ? this.draw() : this.countSoon()))
    this.form.addEventListener("input", () => this.countSoon())
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
  }

  submitted(event) {
    const button = event.submitter
    if (button?.name !== "do") return
    event.preventDefault()
    this.draw(button.value)
  }

  countSoon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.count(), PAUSE)
  }

  async count() {
    const drawn = await this.ask("")
    if (drawn) one("[data-holds]", this).replaceWith(one("[data-holds]", drawn))
  }

  async draw(act = "") {
    clearTimeout(this.timer)
    const focused = document.activeElement?.name
    const drawn = await this.ask(act)
    if (!drawn) return
    one("[data-conditions]", this).replaceWith(drawn)
    const fields = drawn.querySelectorAll("select[name^='f.']")
    if (act.startsWith("add") || act.startsWith("group")) this.newest(fields, act)?.focus()
    else (one(`[name="${focused}"]`, drawn) ?? one("button", drawn)).focus()
  }

  // The condition that was just added stands last in its group.
  newest(fields, act) {
    const place = act.slice(act.indexOf(":") + 1)
    const inGroup = [...fields].filter((field) => field.name.startsWith(place ? `f.${place}.` : "f."))
    return inGroup.at(-1)
  }

  // The drawn conditions; null when an answer to a later question is on its way, or none came.
  async ask(act) {
    const asked = (this.asked = (this.asked ?? 0) + 1)
    const fields = new URLSearchParams(new FormData(this.form))
    fields.set("do", act)
    try {
      const drawn = parse(await postForText("/views/form", fields))
      return asked === this.asked ? drawn : null
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      one("[data-holds]", this).textContent = error.message
      return null
    }
  }
}

customElements.define("view-editor", ViewEditor)

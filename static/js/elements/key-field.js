// <key-field>: a field whose key is pressed instead of written. Backspace empties it; Tab, Enter and Escape stay what they
// are.

import { isComposing, keyOf } from "../lib/keys.js"

class KeyField extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.pressed(event))
  }

  pressed(event) {
    if (isComposing(event) || event.key === "Tab" || event.key === "Escape") return
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) return
    const key = ["Backspace", "Delete"].includes(event.key) ? "" : keyOf(event)
    if (!key && !["Backspace", "Delete"].includes(event.key)) return
    event.preventDefault()
    event.target.value = key
  }
}

customElements.define("key-field", KeyField)

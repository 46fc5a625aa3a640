// <key-hint name="close">: the key that an action has for this agent; nothing when it has none.

import { actionNamed } from "../lib/actions.js"
import { named } from "../lib/keys.js"

class KeyHint extends HTMLElement {
  connectedCallback() {
    const pieces = actionNamed(this.getAttribute("name"))?.pieces ?? []
    this.replaceChildren(...pieces.map(key))
    this.hidden = !pieces.length
  }
}

function key(piece) {
  const item = document.createElement("kbd")
  item.textContent = named(piece)
  return item
}

customElements.define("key-hint", KeyHint)

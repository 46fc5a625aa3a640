// ":" and two letters offer emoji by their names. Enter or Tab takes one, Esc keeps what was typed.

import { all, clone, one } from "./dom.js"

const TYPED = /(?:^|[\s(])(:[a-z0-9_+-]{2,30})$/i

export class EmojiCompletion {
  items = []

  constructor(composer) {
    Object.assign(this, { composer, text: composer.text, list: clone("emoji-offers") })
    this.text.before(this.list)
    this.text.setAttribute("aria-autocomplete", "list")
    this.text.addEventListener("input", () => this.look())
    this.text.addEventListener("blur", () => this.close())
    composer.addEventListener("keydown", (event) => this.pressed(event), true) // before Enter sends
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()) // the caret stays where it is
    this.list.addEventListener("click", (event) => this.take(all("[role=option]", this.list).indexOf(event.target.closest("[role=option]"))))
  }

  get typed() {
    const { value, selectionStart, selectionEnd } = this.text
    return selectionStart === selectionEnd ? (TYPED.exec(value.slice(Math.max(0, selectionStart - 40), selectionStart))?.[1] ?? "") : ""
  }

  async look() {
    if (!this.typed) return this.close()
    const { findEmoji } = await import("./emoji-names.js")
    const typed = this.typed // it may have gone on meanwhile
    this.items = typed ? findEmoji(typed.slice(1).toLowerCase()) : []
    if (!this.items.length) return this.close()
    this.list.replaceChildren(...this.items.map((item, place) => this.option(item, place)))
    this.list.hidden = false
    this.text.setAttribute("aria-controls", this.list.id)
    this.mark(0)
  }

  option({ emoji, names }, place) {
    const option = clone("emoji-offer", { emoji, name: names[0].replaceAll("_", " ") })
    option.id = `emoji-offer-${place}`
    return option
  }

  mark(place) {
    this.at = place
    all("[role=option]", this.list).forEach((option, each) => option.setAttribute("aria-selected", String(each === place)))
    this.text.setAttribute("aria-activedescendant", `emoji-offer-${place}`)
    one(`#emoji-offer-${place}`, this.list)?.scrollIntoView({ block: "nearest" })
  }

  pressed(event) {
    if (this.list.hidden || event.target !== this.text || event.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) this.mark((this.at + step + this.items.length) % this.items.length)
    else if (["Enter", "Tab"].includes(event.key) && !event.shiftKey) this.take(this.at)
    else if (event.key === "Escape") this.close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  take(place) {
    const { typed, text } = this
    if (!this.items[place] || !typed) return this.close()
    text.setRangeText(`${this.items[place].emoji} `, text.selectionStart - typed.length, text.selectionStart, "end")
    this.close()
    this.composer.typed()
  }

  close() {
    this.list.hidden = true
    this.text.removeAttribute("aria-activedescendant")
    this.text.removeAttribute("aria-controls")
  }
}

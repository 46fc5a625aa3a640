// "@" in a note: a list of colleagues to call, narrowed by what is typed behind it. The server reads the names in the text
// by itself; what was chosen here tells it which of two people of the same name is meant.

import { all, one } from "./dom.js"
import { getText, Problem } from "./http.js"
import { parse } from "./streams.js"

const BEHIND = /(?:^|[^\p{L}\p{N}])@([\p{L}\p{N}'’.-]*(?: [\p{L}\p{N}'’.-]*)?)$/u
const MOST_SHOWN = 8

export class Mentions {
  constructor(composer) {
    this.composer = composer
    this.text = composer.text
    this.menu = one("[data-mentions]", composer)
    this.chosen = new Map() // id → name
    this.text.addEventListener("input", () => this.look())
    this.text.addEventListener("blur", () => this.close())
    composer.addEventListener("keydown", (event) => this.pressed(event), { capture: true })
    this.menu.addEventListener("pointerdown", (event) => event.preventDefault()) // the words keep the focus
    this.menu.addEventListener("click", ({ target }) => this.choose(target.closest("[role=option]")))
  }

  // The ids of those chosen whose names are still in the text.
  in(text) {
    return [...this.chosen].filter(([, name]) => text.includes(`@${name}`)).map(([id]) => id)
  }

  get isOpen() {
    return !this.menu.hidden
  }

  get shown() {
    return all("[role=option]:not([hidden])", this.menu)
  }

  async look() {
    const typed = this.typed()
    if (typed === null) return this.close()
    if (!(await this.load()) || this.typed() === null) return
    this.narrow(this.typed())
  }

  // What stands between the @ and the cursor; null where no @ is.
  typed() {
    if (this.composer.kind !== "note") return null
    return BEHIND.exec(this.text.value.slice(0, this.text.selectionEnd))?.[1] ?? null
  }

  async load() {
    this.loading ??= getText(`/tickets/${this.composer.number}/mentionable`)
    try {
      const html = await this.loading
      if (!this.menu.childElementCount) this.menu.replaceChildren(parse(html))
      return true
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.loading = null // the names can be typed all the same
      return false
    }
  }

  narrow(typed) {
    const wanted = typed.toLowerCase()
    let left = MOST_SHOWN
    for (const option of all("[role=option]", this.menu)) {
      const words = option.dataset.name.toLowerCase()
      const fits = words.startsWith(wanted) || words.split(" ").some((word) => word.startsWith(wanted))
      option.hidden = !fits || left <= 0
      if (!option.hidden) left -= 1
    }
    const [first] = this.shown
    if (!first || first.dataset.name.toLowerCase() === wanted) return this.close()
    this.menu.hidden = false
    this.text.setAttribute("aria-controls", "mentionable")
    this.mark(first)
  }

  mark(option) {
    for (const each of all("[role=option]", this.menu)) each.setAttribute("aria-selected", String(each === option))
    this.text.setAttribute("aria-activedescendant", option.id)
    option.scrollIntoView({ block: "nearest" })
  }

  close() {
    this.menu.hidden = true
    this.text.removeAttribute("aria-activedescendant")
    this.text.removeAttribute("aria-controls")
  }

  pressed(event) {
    if (!this.isOpen || event.isComposing || event.target !== this.text) return
    const { shown } = this
    const at = shown.findIndex((option) => option.ariaSelected === "true")
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) this.mark(shown[(at + step + shown.length) % shown.length])
    else if (event.key === "Enter" || event.key === "Tab") this.choose(shown[at])
    else if (event.key === "Escape") this.close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  choose(option) {
    if (!option) return
    const { id, name } = option.dataset
    const end = this.text.selectionEnd
    this.chosen.set(id, name)
    this.text.setRangeText(`${name} `, end - this.typed().length, end, "end")
    this.close()
    this.composer.typed()
  }
}

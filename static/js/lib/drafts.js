// The words that are not sent yet: kept for reply and note apart, over reloads, until the server has them.

import { draft } from "./keep.js"

const SAVE = 300 // ms after the last key

export class Drafts {
  constructor(composer, signal) {
    this.composer = composer
    composer.text.value = this.of(composer.kind)
    window.addEventListener("pagehide", () => this.save(), { signal })
  }

  of(kind) {
    return draft.get(this.composer.number, kind)
  }

  save() {
    clearTimeout(this.timer)
    draft.set(this.composer.number, this.composer.kind, this.composer.text.value)
  }

  saveSoon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), SAVE)
  }

  // From the reply to the note, or back.
  turnTo(kind) {
    clearTimeout(this.timer)
    draft.set(this.composer.number, kind === "note" ? "reply" : "note", this.composer.text.value)
    this.composer.text.value = this.of(kind)
  }

  // These words went out. What was typed behind them meanwhile stays.
  forget({ kind, text }) {
    const isShown = this.composer.kind === kind
    const written = isShown ? this.composer.text.value : this.of(kind)
    if (!written.startsWith(text)) return // rewritten meanwhile: whose words these are, the agent knows best
    const rest = written.slice(text.length).trimStart()
    if (isShown) this.composer.text.value = rest
    draft.set(this.composer.number, kind, rest)
  }
}

// <typed-time>: a field for a time in words ("tomorrow 9"). Says while one types how the server understands it.

import { one } from "../lib/dom.js"
import { getJson, Problem } from "../lib/http.js"
import { duration, now, zone } from "../lib/time.js"

const PAUSE = 150 // ms after the last key

class TypedTime extends HTMLElement {
  connectedCallback() {
    this.place = one("[data-meant]", this)
    this.say("")
    one("[data-typed]", this).addEventListener("input", (event) => this.typed(event.target.value))
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    this.going?.abort()
  }

  typed(text) {
    clearTimeout(this.timer)
    this.going?.abort()
    if (!text.trim()) return this.say("")
    this.timer = setTimeout(() => this.ask(text), PAUSE)
  }

  async ask(text) {
    const { signal } = (this.going = new AbortController())
    try {
      const { at, words } = await getJson(`/typed-time?${new URLSearchParams({ text, zone })}`, { signal })
      this.say(`${words} · in ${duration(Date.parse(at) - now(), true)}`)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Problem)) throw error
      this.say(error.message, true)
    }
  }

  say(words, isProblem = false) {
    this.place.textContent = words
    this.place.classList.toggle("typed__meant--bad", isProblem)
  }
}

customElements.define("typed-time", TypedTime)

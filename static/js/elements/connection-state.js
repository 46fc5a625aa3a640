// <connection-state>: says whether the page is live, and since when it is not.

import { announce } from "../lib/dom.js"
import { live } from "../lib/live.js"
import { signInAgain } from "../lib/sign-in.js"

const QUIET = 5_000 // ms: a short drop is not worth a word
const WORDS = {
  connecting: () => "",
  live: () => "Live",
  reconnecting: () => "Reconnecting …",
  offline: (at) => `Offline – showing ${clockTime(at)}`,
  outdated: () => "Reload this page",
  "signed-out": () => "Sign in again",
}
const AWAY = ["reconnecting", "offline"]
const OVER = { outdated: () => location.reload(), "signed-out": signInAgain } // what helps

class ConnectionState extends HTMLElement {
  #timer = 0

  connectedCallback() {
    document.addEventListener("connection", this)
    this.#show()
  }

  disconnectedCallback() {
    document.removeEventListener("connection", this)
    clearTimeout(this.#timer)
    this.#timer = 0
  }

  get state() {
    return this.dataset.state
  }

  handleEvent() {
    const isDrop = AWAY.includes(live.state) && !AWAY.includes(this.dataset.state)
    if (isDrop && this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = isDrop ? setTimeout(() => this.#show(), QUIET) : 0
    if (!isDrop) this.#show()
  }

  #show() {
    const { state, at } = live
    const words = WORDS[state](at)
    const isNews = ![undefined, "connecting", state].includes(this.dataset.state)
    this.#timer = 0
    this.dataset.state = state
    this.className = `connection ${state === "live" ? "connection--live" : state === "reconnecting" ? "" : "connection--offline"}`.trim()
    this.hidden = !words
    if (this.textContent !== words) this.replaceChildren(OVER[state] ? button(words, OVER[state]) : words)
    if (isNews) announce(state === "live" ? "Live again" : words)
  }
}

function button(words, act) {
  const item = document.createElement("button")
  item.type = "button"
  item.className = "connection__reload"
  item.textContent = words
  item.addEventListener("click", () => act())
  return item
}

function clockTime(at) {
  return at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
}

customElements.define("connection-state", ConnectionState)

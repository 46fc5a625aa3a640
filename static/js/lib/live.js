// Keeps the page as it would be if it were loaded now: the socket tells at once, the cursor (`/changes`) finds whatever
// the socket did not. Says how it is going by events on `document`:
//   connection {state, at}   "connecting", "live", "reconnecting" (told by the cursor alone), "offline", "outdated",
//                            "signed-out"; `at` is when the page was last known to be right
//   presence {ticket, agents: [{id, name, initials, typing}]}
//   changes {upto}           the page is complete up to there
//   outdated                 the page must be loaded anew, which it will be unless somebody prevents it
//   signed-out

import { io } from "../../vendor/socket.io/socket.io.esm.min.js"
import { Cursor } from "./cursor.js"
import { applyStreams } from "./streams.js"

const CALM = 20_000 // ms between two questions while the socket is up
const HASTY = 2_000 // and while it is down
const PATIENCE = 250 // for an event that another process tells a little later than the next one
const DEADLINE = 10_000 // for an answer
const TYPING_EVERY = 3_000

class Live {
  state = "connecting"
  at = new Date() // when the page was last known to be right
  isDatabaseAway = false // the last answer said so
  #cursor = null
  #socket = null
  #isDegraded = false
  #isOver = false // signed out: nothing more is asked
  #asking = null
  #mark = "" // of the last answer: the server answers 304 while it is the same
  #rooms = ""
  #timer = 0
  #ticket = null
  #typedAt = 0
  #typedAs = ""

  // Takes the socket's address and the page's place from <meta name="live-url"> and <meta name="upto">.
  // Does nothing the second time, or on a page that has neither.
  start() {
    const [url, upto] = ["live-url", "upto"].map((name) => document.querySelector(`meta[name="${name}"]`)?.content)
    if (this.#cursor || !url || !upto) return
    this.#cursor = new Cursor(Number(upto))
    this.#connect(ours(url))
    this.#wait(HASTY)
    document.addEventListener("signed-in", () => this.#resume())
    addEventListener("online", () => this.#hurry())
    addEventListener("offline", () => this.#isOver || this.#say("offline"))
    addEventListener("pageshow", (event) => event.persisted && this.#greet())
    addEventListener("pagehide", () => this.#emit("look", { ticket: null }))
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry())
  }

  // To be taken before a part of the page is fetched, and given to `loaded` once that part is in the page: what was told
  // in between found nothing there to change.
  position() {
    return this.#cursor?.position()
  }

  loaded(position) {
    if (!position || !this.#cursor.fallBack(position)) return
    this.#mark = "" // what the server told before is not on that part
    this.ask()
  }

  // The page shows this ticket; null for none.
  look(ticket) {
    if (ticket === this.#ticket) return
    this.#ticket = ticket
    this.#typedAs = ""
    this.#emit("look", { ticket })
  }

  // Somebody types there, "reply" or "note"; to be called with every key.
  typing(as) {
    const now = performance.now()
    if (!this.#ticket || (as === this.#typedAs && now - this.#typedAt < TYPING_EVERY)) return
    this.#typedAs = as
    this.#typedAt = now
    this.#emit("typing", { ticket: this.#ticket, as })
  }

  // Asks the server what this page has missed. One question at a time; one more after it when something new came up.
  async ask() {
    if (this.#isOver || !this.#cursor) return
    if (this.#asking) return void (this.#asking.again = true)
    this.#asking = { again: false }
    let isAnswered = false
    try {
      isAnswered = this.#answered(await this.#fetch())
    } finally {
      const { again } = this.#asking
      this.#asking = null
      this.#after(isAnswered, again)
    }
  }

  #after(isAnswered, again) {
    if (this.#isOver) return
    if (isAnswered) this.at = new Date()
    if (this.state !== "outdated") this.#say(this.#isUp ? "live" : isAnswered ? "reconnecting" : "offline")
    if (again && isAnswered) this.ask()
    else this.#wait(this.#isUp && isAnswered ? CALM : HASTY)
  }

  // Null without a network, or when the answer takes too long.
  async #fetch() {
    const headers = { Accept: "application/json", ...(this.#mark && { "If-None-Match": this.#mark }) }
    const options = { headers, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(DEADLINE) }
    try {
      const answer = await fetch(`/changes?${this.#cursor.query()}`, options)
      return { answer, body: answer.status === 200 ? await answer.json() : null }
    } catch {
      return null
    }
  }

  #answered(received) {
    if (!received) return false
    const { answer, body } = received
    this.isDatabaseAway = answer.status === 503
    if (answer.status === 401 || answer.type === "opaqueredirect") return this.#end()
    if (answer.status === 410) return this.#reload()
    if (answer.status === 304) return true
    if (!body) return false
    this.#take(body)
    this.#mark = answer.headers.get("ETag") ?? ""
    return true
  }

  #take({ upto, rooms, streams, banners }) {
    const [before, now] = [this.#rooms, rooms.join(" ")]
    this.#rooms = now
    if (before && before !== now) return void this.#reload() // whole lists came or went with a team
    applyStreams(streams, upto)
    applyStreams([{ action: "replace", target: "banners", html: banners ?? "" }])
    this.#cursor.complete(upto)
    this.#tell("changes", { upto })
  }

  #hear(event) {
    applyStreams(event.streams, event.seq)
    this.#cursor.hear(event)
    if (this.#cursor.hasGap) setTimeout(() => this.#cursor.hasGap && this.ask(), PATIENCE * (1 + Math.random()))
  }

  #connect(url) {
    const options = { transports: ["websocket"], reconnectionDelay: 500, reconnectionDelayMax: 5_000 }
    const socket = (this.#socket = io(url, options))
    socket.on("connect", () => this.#greet())
    socket.on("disconnect", (reason) => {
      this.#isDegraded = false // what is said on connecting comes before `connect`
      this.ask()
      if (reason === "io server disconnect") this.#connectAgain(5_000)
    })
    socket.on("stream", (event) => this.#hear(event))
    socket.on("presence", (presence) => this.#tell("presence", presence))
    socket.on("degraded", ({ redis }) => {
      this.#isDegraded = redis
      this.ask()
    })
    socket.on("behind", () => setTimeout(() => this.ask(), PATIENCE * Math.random()))
    socket.on("bye", (bye) => this.#bye(bye))
    socket.on("connect_error", () => socket.active || this.#connectAgain(10_000))
  }

  // The server closes the socket, and says why; `within` so many seconds the pages may spread.
  #bye({ reason, within = 20 }) {
    if (reason === "teams") return void this.#reload()
    this.#socket.disconnect()
    this.ask() // whoever is signed out learns it by the answer
    this.#connectAgain(within * 1_000)
  }

  #connectAgain(within) {
    setTimeout(() => this.#isOver || this.#socket.connect(), within * Math.random())
  }

  #end() {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#socket.disconnect()
    this.#say("signed-out")
    this.#tell("signed-out")
    return false
  }

  #resume() {
    if (!this.#isOver) return
    this.#isOver = false
    this.#socket.connect()
    this.ask()
  }

  // Drafts are kept by their composers. Whoever has something to lose prevents it, and the page says that it is old.
  #reload() {
    const mayReload = document.dispatchEvent(new CustomEvent("outdated", { cancelable: true }))
    if (mayReload) location.reload()
    else this.#say("outdated")
    return true
  }

  #emit(name, what) {
    if (this.#socket?.connected) this.#socket.emit(name, what)
  }

  #greet() {
    if (this.#ticket) this.#emit("look", { ticket: this.#ticket })
    this.ask()
  }

  // Somebody is here again: no waiting for the next try, which may be seconds away.
  #hurry() {
    if (this.#isOver) return
    if (!this.#socket.connected) this.#socket.disconnect().connect()
    this.ask()
  }

  #wait(length) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.ask(), length * (0.75 + Math.random() / 2))
  }

  get #isUp() {
    return Boolean(this.#socket?.connected) && !this.#isDegraded
  }

  #say(state) {
    this.state = state
    this.#tell("connection", { state, at: this.at })
  }

  #tell(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }))
  }
}

// The same machine under its other name would not get our cookie.
function ours(address) {
  const url = new URL(address)
  const names = ["127.0.0.1", "localhost"]
  if (names.includes(url.hostname) && names.includes(location.hostname)) url.hostname = location.hostname
  return url.origin
}

export const live = new Live()

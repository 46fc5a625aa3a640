// The tabs that one agent has open in this browser: one of them leads, and each can be told and asked by the others.

const PATIENCE = 150 // ms in which a tab answers
const agent = () => document.querySelector(".desk")?.dataset.agent ?? ""
const name = (what) => `helpdesk:${agent()}:${what}`

let channel = null

// Begins in one tab only, for as long as that is open; then in the next one. Where the browser has no locks (a desk at a
// plain http:// address) each tab begins.
export function lead(what, begin) {
  if (!navigator.locks) return begin()
  navigator.locks.request(name(what), () => {
    begin()
    return new Promise(() => {}) // until the tab is closed
  })
}

// Says something to the other tabs: `listen` hears it there as (data).
export function say(what, data) {
  open().postMessage({ what, data })
}

export function hear(what, handle) {
  open().addEventListener("message", (event) => event.data?.what === what && handle(event.data.data))
}

// Does any other tab answer yes? `answerAs` says what each of them answers.
export function anyOther(what, data) {
  const id = Math.random()
  return new Promise((done) => {
    const heard = (event) => event.data?.what === "yes" && event.data.data === id && end(true)
    const end = (answer) => {
      open().removeEventListener("message", heard)
      done(answer)
    }
    open().addEventListener("message", heard)
    open().postMessage({ what, data, id })
    setTimeout(() => end(false), PATIENCE)
  })
}

export function answerAs(what, isSo) {
  open().addEventListener("message", ({ data }) => data?.what === what && isSo(data.data) && say("yes", data.id))
}

function open() {
  return (channel ??= new BroadcastChannel(name("tabs")))
}

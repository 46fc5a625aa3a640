// The conversation: bubbles that are drawn anew only when they changed, so that nothing flickers and sound goes on.

import { bubble } from "/page/bubbles.js"
import { clock, day, el, initials } from "/page/dom.js"

const ICE_BREAKERS = ["Where is my order?", "What is your return policy?"]
const HAPPENINGS = {
  referral: (text) => `Opened the chat through a link: ${text}`,
  comments: (text) => `Commented below a post: ${text}`,
  take_thread_control: () => "Another app has taken the chat",
  pass_thread_control: () => "Another app has handed the chat over",
  request_thread_control: () => "Another app asks for the chat",
}
const A_WHILE = 30 * 60 * 1000

export class Talk {
  #place
  #actions
  #openMid = ""
  #chat = null
  #drawn = new Map()
  #typing = 0
  #isAtEnd = true

  constructor(place, actions) {
    this.#place = place
    this.#actions = { ...actions, open: (message) => this.#open(message) }
    place.addEventListener("scroll", () => (this.#isAtEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 80))
    for (const kind of ["load", "loadedmetadata"]) place.addEventListener(kind, () => this.#follow(), true) // pictures take their room late
  }

  #follow() {
    if (this.#isAtEnd) this.#place.scrollTop = this.#place.scrollHeight
  }

  show(chat, account) {
    const isOther = this.#chat?.customer.id !== chat.customer.id || this.#chat?.inbox !== chat.inbox
    if (isOther) {
      this.#isAtEnd = true
      this.#drawn.clear()
      this.#openMid = ""
    }
    this.#chat = chat
    const isEmpty = !chat.messages.length && !chat.happenings.length
    this.#place.replaceChildren(...(!isEmpty ? this.#rows(chat) : [welcome(account, this.#actions)]))
    this.#follow()
    clearTimeout(this.#typing)
    if (chat.typing_for) this.#typing = setTimeout(() => this.show({ ...chat, typing_for: 0 }, account), chat.typing_for)
  }

  #rows(chat) {
    const happened = (after) => chat.happenings.filter((one) => one.after === after).map(happening)
    const rows = happened("")
    let before = null
    for (const message of chat.messages) {
      const isLater = !before || message.at - before.at > A_WHILE
      if (isLater) rows.push(el("time.talk__day", {}, `${day(message.at)}, ${clock(message.at)}`))
      rows.push(this.#bubble(message, isLater || before.side !== message.side), ...happened(message.mid))
      before = message
    }
    if (before?.side === "customer" && before.seen_at) rows.push(el("span.talk__seen", {}, `Seen ${clock(before.seen_at)}`))
    if (chat.typing_for) rows.push(el("div.typing", { role: "img", "aria-label": "Typing" }, el("i"), el("i"), el("i")))
    if (before?.quick_replies.length) rows.push(choices(before.quick_replies, chat.customer, this.#actions))
    return rows
  }

  #bubble(message, isFirst) {
    const isOpen = message.mid === this.#openMid
    const stamp = JSON.stringify([message, isFirst, isOpen])
    const known = this.#drawn.get(message.mid)
    if (known?.stamp === stamp) return known.node
    const node = bubble(message, { isFirst, isOpen, actions: this.#actions })
    this.#drawn.set(message.mid, { stamp, node })
    return node
  }

  #open(message) {
    this.#openMid = this.#openMid === message.mid ? "" : message.mid
    this.#place.replaceChildren(...this.#rows(this.#chat))
    this.#place.querySelector(`[data-mid="${CSS.escape(message.mid)}"]`)?.scrollIntoView({ block: "nearest" })
  }

  close() {
    this.#openMid = ""
  }
}

const happening = ({ what, text }) => el("p.talk__happening", { dir: "auto" }, HAPPENINGS[what]?.(text) ?? `Webhook: ${what}`)

function welcome(account, actions) {
  const chips = ICE_BREAKERS.map((title) =>
    el("button.choice", { type: "button", onclick: () => actions.tap({ title, payload: "ICE_" + title.toUpperCase().replace(/\W+/g, "_") }) }, title),
  )
  return el(
    "div.welcome",
    {},
    el("span.avatar.avatar--brand", { "aria-hidden": "true" }, initials(account.name)),
    el("p.welcome__name", {}, account.name),
    el("p.bar__sub", {}, `@${account.username} · business`),
    el("div.welcome__chips", {}, chips),
  )
}

// The chips of the last message; a tap answers and they are gone.
function choices(replies, customer, actions) {
  const known = { user_email: `${customer.username}@example.com`, user_phone_number: "+49 30 5550 142" }
  const chips = replies.map((reply) => {
    const value = known[reply.content_type]
    const spoken = value ? { text: value, payload: value } : { text: reply.title, payload: reply.payload }
    return el("button.choice", { type: "button", onclick: () => actions.choose(spoken) }, spoken.text)
  })
  return el("div.choices", { role: "group", "aria-label": "Quick replies" }, chips)
}

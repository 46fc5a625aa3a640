// What the customer can say: text, and a sheet of everything else that a phone sends.

import { el, icon } from "/page/dom.js"

// Groups of [icon, label, wish, words]: words typed already go along where there are words.
const SHEET = {
  "Pictures and files": [
    ["photo", "Photo of a dress", { attachments: [{ type: "image", name: "dress" }] }],
    ["photo", "Photo of a torn seam", { attachments: [{ type: "image", name: "seam" }] }],
    ["photo", "Two photos", { attachments: [{ type: "image", name: "parcel" }, { type: "image", name: "scarf" }] }],
    ["mic", "Voice message", { attachments: [{ type: "audio" }] }],
    ["video", "Video", { attachments: [{ type: "video" }] }],
    ["file", "Document", { attachments: [{ type: "file" }] }],
    ["heart", "Heart", { kind: "heart" }],
    ["smile", "Sticker", { kind: "sticker" }],
    ["smile", "GIF", { kind: "gif" }],
    ["eye", "Photo, shown once", { kind: "ephemeral" }],
  ],
  "Stories and posts": [
    ["story", "Reply to their story", { kind: "story_reply" }, "Is this one in sand too?"],
    ["at", "Mention in my story", { kind: "story_mention" }],
    ["story", "Share a story", { kind: "story" }],
    ["share", "Share a post", { kind: "post" }],
    ["share", "Share a post, the old way", { kind: "share" }],
    ["reel", "Share a reel", { kind: "reel", title: "How we pack your order" }],
    ["more", "Comment below a post", { kind: "comment" }, "How much is it?"],
  ],
  "Ways into the chat": [
    ["link", "Come from an ad", { kind: "ad" }, "Is this still on sale?"],
    ["bag", "Ask about a product", { kind: "product" }, "Does it run small?"],
    ["link", "Open an ig.me link", { kind: "referral" }],
    ["menu", "Tap the menu", { kind: "postback", title: "Talk to a person", payload: "MENU_HUMAN" }],
  ],
  "Another app at this chat": [
    ["apps", "Write while it answers", { standby: true }, "Is anybody there?"],
    ["apps", "It takes the chat", { kind: "take_thread_control" }],
    ["apps", "It hands the chat over", { kind: "pass_thread_control" }],
    ["apps", "It asks for the chat", { kind: "request_thread_control" }],
  ],
  "What no tool can show": [
    ["help", "Something unsupported", { kind: "unsupported" }],
    ["help", "An unsupported type", { kind: "unsupported_type" }],
  ],
}

export class Composer {
  #place
  #actions
  #about = null // { kind: "reply" | "edit", message }
  #text = el("textarea.say__text", { rows: "1", placeholder: "Message…", "aria-label": "Message", dir: "auto" })
  #file = el("input", { type: "file", accept: "image/*,audio/*,video/*,application/pdf", hidden: true })
  #sheet = el("div.sheet", { hidden: true, role: "group", "aria-label": "Send something else" })
  #line = el("div.say__about", { hidden: true })

  constructor(place, actions) {
    this.#place = place
    this.#actions = actions
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault()
        this.#submit()
      }
      if (event.key === "Escape") this.clear()
    })
    this.#file.addEventListener("change", () => {
      for (const file of this.#file.files) this.#actions.sendFile(file)
      this.#file.value = ""
    })
    this.#draw()
  }

  reply(message, line) {
    this.#begin({ kind: "reply", message }, `Replying to: ${line}`)
  }

  edit(message) {
    this.#text.value = message.text
    this.#begin({ kind: "edit", message }, "Editing your message")
  }

  clear() {
    this.#about = null
    this.#line.hidden = true
    this.#sheet.hidden = true
    this.#text.value = ""
  }

  #begin(about, words) {
    this.#about = about
    const close = el("button.round", { type: "button", title: "Never mind", onclick: () => this.clear() }, icon("close"))
    this.#line.replaceChildren(el("span", { dir: "auto" }, words), close)
    this.#line.hidden = false
    this.#text.focus()
  }

  #submit() {
    const text = this.#text.value
    if (!text.trim()) return
    const about = this.#about
    this.clear()
    if (about?.kind === "edit") this.#actions.say({ kind: "edit", mid: about.message.mid, text })
    else this.#actions.say({ text, ...(about ? { reply_to: about.message.mid } : {}) })
  }

  #draw() {
    const item = ([sign, label, wish, words]) =>
      el("button.sheet__item", { type: "button", onclick: () => this.#pick(wish, words) }, icon(sign), label)
    const upload = el("button.sheet__item", { type: "button", onclick: () => this.#file.click() }, icon("upload"), "From this device")
    for (const [name, items] of Object.entries(SHEET)) {
      const first = this.#sheet.childElementCount ? [] : [upload]
      const group = el("div.sheet__group", { role: "group", "aria-label": name }, first, items.map(item))
      this.#sheet.append(el("p.sheet__head", { "aria-hidden": "true" }, name), group)
    }
    const toggle = el("button.round", { type: "button", title: "Send something else", onclick: () => this.#toggle() }, icon("plus"))
    const send = el("button.round.round--accent", { type: "submit", title: "Send" }, icon("send"))
    const submit = (event) => {
      event.preventDefault()
      this.#submit()
    }
    const form = el("form.say__form", { onsubmit: submit }, toggle, this.#text, send)
    this.#place.append(this.#sheet, this.#line, form, this.#file)
  }

  #toggle() {
    this.#sheet.hidden = !this.#sheet.hidden
  }

  #pick(wish, words) {
    const text = this.#text.value.trim() || words
    this.clear()
    this.#actions.say(words ? { ...wish, text } : wish)
  }
}

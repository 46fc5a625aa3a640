// <emoji-menu>: a grid of emoji that floats beside a button: a few to react with, more to write with.

import { all } from "../lib/dom.js"

const REACTIONS = ["❤️", "👍", "😆", "😮", "😢", "😡"]
const WRITING = [
  "😀", "😃", "😄", "😁", "😅", "😂", "🤣", "😊", "🙂", "🙃", "😉", "😍", "🥰", "😘", "😋", "😜", "🤗", "🤔", "😐", "😏",
  "🙄", "😬", "😌", "😔", "😴", "😷", "🤒", "😎", "🤩", "🥳", "😕", "😟", "🙁", "😮", "😯", "😲", "🥺", "😢", "😭", "😱",
  "😞", "😓", "😩", "😤", "😡", "👍", "👎", "👌", "✌️", "🤞", "🤝", "👏", "🙌", "🙏", "💪", "👋", "👉", "👇", "☝️", "✅",
  "❌", "❗", "❓", "⚠️", "ℹ️", "🔜", "🆕", "🎉", "🎁", "🎀", "✨", "⭐", "🔥", "💯", "❤️", "🧡", "💛", "💚", "💙", "💜",
  "🖤", "🤍", "💕", "🌸", "🌷", "🌿", "☀️", "🌙", "☕", "🍰", "📦", "🚚", "📬", "✉️", "📷", "📞", "⏰", "📅", "🔗", "📎",
  "💳", "💶", "🏷️", "🛍️", "👗", "👚", "👕", "👖", "👟", "👠", "🧣", "🧥", "👜", "💍", "📏", "🧵",
]

class EmojiMenu extends HTMLElement {
  connectedCallback() {
    this.popover = "auto"
    this.classList.add("menu")
    this.addEventListener("click", (event) => {
      const item = event.target.closest(".emoji__item")
      if (item) this.choose(item.textContent)
    })
    this.addEventListener("keydown", (event) => this.walk(event))
  }

  // Opens beside `anchor`. `few`: the reactions only. `current` is pressed. `choose` gets the emoji.
  openAt(anchor, { few = false, current = "", label, chosen }) {
    this.chosen = chosen
    this.anchor = anchor
    const grid = document.createElement("div")
    grid.className = few ? "emoji emoji--few" : "emoji"
    grid.setAttribute("role", "group")
    grid.setAttribute("aria-label", label)
    grid.append(...(few ? REACTIONS : WRITING).map((emoji) => this.item(emoji, emoji === current)))
    this.replaceChildren(grid)
    this.showPopover()
    this.place(anchor)
    grid.firstElementChild.focus()
  }

  item(emoji, isCurrent) {
    const item = document.createElement("button")
    item.type = "button"
    item.className = "emoji__item"
    item.textContent = emoji
    if (isCurrent) item.setAttribute("aria-pressed", "true")
    return item
  }

  place(anchor) {
    const box = anchor.getBoundingClientRect()
    const own = this.getBoundingClientRect()
    const above = box.top - own.height - 6
    this.style.left = `${Math.max(8, Math.min(box.left, innerWidth - own.width - 8))}px`
    this.style.top = `${above > 8 ? above : Math.min(box.bottom + 6, innerHeight - own.height - 8)}px`
  }

  choose(emoji) {
    this.hidePopover()
    this.anchor?.focus()
    this.chosen?.(emoji)
  }

  walk(event) {
    const items = all(".emoji__item", this)
    const columns = getComputedStyle(this.firstElementChild).gridTemplateColumns.split(" ").length
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
    if (!step) return
    event.preventDefault()
    event.stopPropagation()
    items[items.indexOf(document.activeElement) + step]?.focus()
  }
}

customElements.define("emoji-menu", EmojiMenu)

export function emojiMenu() {
  const found = document.querySelector("emoji-menu")
  if (found) return found
  const menu = document.createElement("emoji-menu")
  document.body.append(menu)
  return menu
}

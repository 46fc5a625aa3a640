// Small helpers over the DOM. No HTML is built here: pieces are cloned from the page's templates and filled with text.

export const one = (selector, root = document) => root.querySelector(selector)
export const all = (selector, root = document) => [...root.querySelectorAll(selector)]

// A clone of <template id=…>, its `data-slot`s filled with text; a slot whose text is "" or null stays as it is.
export function clone(id, slots = {}) {
  const element = document.getElementById(id).content.firstElementChild.cloneNode(true)
  for (const [name, text] of Object.entries(slots)) {
    const slot = element.querySelector(`[data-slot="${name}"]`)
    if (slot && text) {
      slot.textContent = text
      slot.hidden = false
    }
  }
  return element
}

export function listen(root, type, selector, handle) {
  root.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector)
    if (found && root.contains(found)) handle(event, found)
  })
}

// Said to screen readers, politely.
export function announce(text) {
  const place = document.getElementById("announcer")
  if (place) place.textContent = text
}

// Answers a function that takes it away.
export function toast(text, seconds = 6) {
  const item = clone("toast-item", { text })
  const end = () => item.remove()
  one("button", item).addEventListener("click", end)
  document.getElementById("toasts").append(item)
  setTimeout(end, seconds * 1000)
  announce(text)
  return end
}

export const isTyping = (element) => Boolean(element?.closest?.("input:not([type=radio]), textarea, select, [contenteditable]"))

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID()
  // Not a secure context (a desk at a plain http:// address): the same, by hand.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}

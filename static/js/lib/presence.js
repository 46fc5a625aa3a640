// Who else looks at the open ticket, and who is typing: a few words in its header.

import { desk, openNumber } from "./desk.js"
import { one } from "./dom.js"

let latest = null

export function startPresence() {
  document.addEventListener("presence", ({ detail }) => {
    latest = detail
    draw()
  })
  document.addEventListener("opened", draw)
  new MutationObserver(draw).observe(desk(), { childList: true, subtree: true })
}

function draw() {
  const place = one(".thread__bar [data-presence]")
  if (!place) return
  const words = latest?.ticket === openNumber() ? sentence(latest.agents) : ""
  if (place.textContent !== words) place.textContent = words
}

function sentence(agents) {
  const others = agents.filter(({ id }) => String(id) !== desk().dataset.agent)
  return others.map(({ name, typing }) => ` · ${name.split(" ")[0]} ${doing(typing)}`).join("")
}

function doing(typing) {
  if (typing === "note") return "is writing a note"
  return typing ? "is writing a reply" : "is here"
}

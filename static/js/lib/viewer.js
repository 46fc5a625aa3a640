// Pictures large, one after the other: all of the conversation, or of the list of files that the first was opened from.
// Arrows go on, + and - or a click zoom, Esc closes.

import { all, listen, one } from "./dom.js"

let shown = [] // the links of this gallery
let at = 0

export function startViewer() {
  listen(document, "click", "a[data-enlarge]", open)
  const viewer = document.getElementById("viewer")
  if (!viewer) return
  listen(viewer, "click", "[data-step]", (_, button) => step(viewer, Number(button.dataset.step)))
  listen(viewer, "click", "[data-zoom], [data-slot=image]", () => zoom(viewer))
  viewer.addEventListener("keydown", (event) => pressed(viewer, event))
  viewer.addEventListener("close", () => shown[at]?.isConnected && shown[at].focus({ preventScroll: false }))
}

function open(event, link) {
  const viewer = document.getElementById("viewer")
  if (!viewer || event.metaKey || event.ctrlKey || event.button) return
  event.preventDefault()
  shown = all("a[data-enlarge]", link.closest("[data-card=files], .messages") ?? document)
  show(viewer, shown.indexOf(link))
  viewer.showModal()
}

function pressed(viewer, event) {
  const far = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: shown.length - 1 - at }[event.key]
  if (far) step(viewer, far)
  else if (["+", "="].includes(event.key)) zoom(viewer, true)
  else if (event.key === "-") zoom(viewer, false)
  else return
  event.preventDefault()
}

function step(viewer, far) {
  if (shown[at + far]) show(viewer, at + far)
}

function show(viewer, place) {
  at = place
  const link = shown[at]
  const image = one("[data-slot=image]", viewer)
  image.src = link.href
  image.alt = one("img", link)?.alt ?? ""
  one("[data-slot=download]", viewer).href = link.dataset.download
  one("[data-slot=place]", viewer).textContent = shown.length > 1 ? `${at + 1} of ${shown.length}` : ""
  for (const button of all("[data-step]", viewer)) {
    button.hidden = shown.length < 2
    button.disabled = !shown[at + Number(button.dataset.step)]
  }
  zoom(viewer, false)
}

// To the picture's own size, to be moved about by scrolling; and back into the window.
function zoom(viewer, isLarge = !viewer.classList.contains("viewer--zoomed")) {
  viewer.classList.toggle("viewer--zoomed", isLarge)
  one("[data-zoom]", viewer).setAttribute("aria-pressed", String(isLarge))
}

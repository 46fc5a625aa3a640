// The buttons at a message: react, answer it, send a lost one again, take a failed one back into the composer.

import { one } from "./dom.js"
import { emojiMenu } from "../elements/emoji-menu.js"
import { post, Problem } from "./http.js"
import { unsent } from "./keep.js"
import { discard } from "./outgoing.js"
import { applyStreams } from "./streams.js"

const BUTTONS = "[data-react], [data-reply-to], [data-resend], [data-discard], [data-edit-message]"

export function actOnMessages(composer, signal) {
  const act = (event) => {
    const button = event.target.closest(BUTTONS)
    if (button) press(button, button.closest(".message"), composer)
  }
  document.addEventListener("click", act, { signal })
}

function press(button, bubble, composer) {
  const { react, replyTo, quote } = button.dataset
  if (react) chooseReaction(button, bubble, composer)
  else if (replyTo) composer.quote({ id: replyTo, text: quote })
  else if ("editMessage" in button.dataset) editAgain(bubble, composer)
  else if ("discard" in button.dataset) discard(bubble.dataset.clientId)
  else composer.resend(unsent.find(bubble.dataset.clientId))
}

function chooseReaction(button, bubble, composer) {
  const current = one("[data-ours]", bubble)?.dataset.ours ?? ""
  const chosen = async (emoji) => {
    try {
      const answer = await post(`/messages/${button.dataset.react}/reaction`, { emoji: emoji === current ? "" : emoji })
      applyStreams(answer.streams)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      composer.problem(error.message)
    }
  }
  emojiMenu().openAt(button, { few: true, current, label: "React with", chosen })
}

// Back into the composer; the failed message itself goes the way of its own Delete button.
function editAgain(bubble, composer) {
  composer.put(one(".message__body", bubble)?.innerText ?? "")
  one('form[action$="/remove"]', bubble)?.requestSubmit()
}

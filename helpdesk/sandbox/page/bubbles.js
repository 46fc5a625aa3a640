// One thing said, drawn as the customer's phone shows it.

import { el, icon, local } from "/page/dom.js"

const FACES = ["❤️", "😂", "😮", "😢", "😡", "👍"]
const ODD = {
  ephemeral: "Photo, shown once",
  unsupported: "Something the business's tools cannot show",
  unsupported_type: "Something the business's tools cannot show",
}

export function bubble(message, { isFirst, isOpen, actions }) {
  const isOwn = message.side === "customer"
  const reactions = Object.values(message.reactions)
  const classes = `article.said${isOwn ? ".said--own" : ""}${isFirst ? ".said--first" : ""}`
  return el(
    classes,
    { "data-mid": message.mid },
    el(
      "div.said__line",
      {},
      message.is_unsent ? null : moreButton(message, isOpen, actions),
      el(
        "div.said__body",
        {},
        notes(message, isOwn),
        message.is_unsent ? el("div.bubble.bubble--gone", {}, isOwn ? "You unsent a message" : "Message unsent") : parts(message, actions),
        reactions.length ? el("span.said__reactions", {}, reactions.join(" ")) : null,
        message.edits && !message.is_unsent ? el("span.said__note", {}, "Edited") : null,
      ),
    ),
    isOpen && !message.is_unsent ? tools(message, isOwn, actions) : null,
  )
}

function moreButton(message, isOpen, actions) {
  const attributes = { type: "button", title: "React and more", "aria-expanded": String(isOpen), onclick: () => actions.open(message) }
  return el("button.said__more", attributes, icon(isOpen ? "close" : "smile"))
}

function notes(message, isOwn) {
  if (message.is_unsent) return []
  const whose = { story_mention: "You mentioned them in your story", ad: "From an ad", product: "From the shop" }[message.kind]
  return [
    message.story ? el("span.said__note", {}, isOwn ? "You replied to their story" : "Story") : null,
    message.story ? picture(message.story.url, "Story", "piece piece--story") : null,
    whose ? el("span.said__note", {}, whose) : null,
    message.quote ? el("div.quote", { dir: "auto" }, message.quote.line) : null,
  ]
}

function parts(message, actions) {
  if (message.template) return [template(message, actions)]
  const images = message.media.filter((piece) => piece.type === "image" && piece.url)
  const others = message.media.filter((piece) => !images.includes(piece))
  return [
    images.length > 1 ? el("div.pictures", {}, images.map(attachment)) : images.map(attachment),
    others.map(attachment),
    message.text ? text(message.text) : null,
    message.kind === "unsupported" ? el("div.bubble.bubble--odd", {}, ODD.unsupported) : null,
  ].flat()
}

function text(words) {
  const isHuge = /^(\p{Extended_Pictographic}|\u200d|\ufe0f|[\u{1f3fb}-\u{1f3ff}]|\s){1,12}$/u.test(words)
  return el(isHuge ? "div.bubble.bubble--huge" : "div.bubble", { dir: "auto" }, words)
}

function picture(url, label, classes = "piece") {
  return el("figure." + classes.split(" ").join("."), {}, el("img", { src: local(url), alt: label, loading: "lazy" }))
}

const film = (url) => el("figure.piece", {}, el("video", { src: local(url), controls: true, preload: "metadata" }))

function attachment(piece) {
  const url = piece.url || piece.data.story_media_url || ""
  if (piece.type === "like_heart") return el("div.bubble.bubble--huge", {}, "❤️")
  if (ODD[piece.type] || !local(url)) return el("div.bubble.bubble--odd", {}, ODD[piece.type] ?? `Something that a phone cannot show: ${piece.type}`)
  if (piece.type === "audio") return el("figure.piece.piece--voice", {}, el("audio", { src: local(url), controls: true, preload: "metadata" }))
  if (piece.type === "video") return film(url)
  if (piece.type === "file") {
    return el("a.bubble.piece--file", { href: local(url), target: "_blank", rel: "noreferrer" }, icon("file"), "Document")
  }
  if (piece.type === "image" && piece.data.sticker_id) return picture(url, "Sticker", "piece piece--small")
  if (piece.type === "animated_gif") return picture(url, "GIF", "piece piece--small")
  if (piece.type.includes("story")) return picture(url, "Story", "piece piece--story")
  const isReel = piece.type.includes("reel")
  const frame = isReel ? film(url) : picture(url, piece.type === "image" ? "Photo" : "Post")
  const title = piece.data.title ?? (piece.type === "share" ? "Post" : "")
  if (title) frame.append(el("figcaption.piece__title", {}, icon(isReel ? "reel" : "share"), title))
  return frame
}

function template(message, actions) {
  const card = message.template
  const pictures = [...message.media]
  if (card.template_type === "button") return el("div.cards", {}, offer({ title: card.text, buttons: card.buttons }, null, actions))
  return el(
    "div.cards",
    {},
    card.elements.map((row) => offer(row, row.image_url ? pictures.shift() : null, actions)),
  )
}

function offer(row, image, actions) {
  const buttons = (row.buttons ?? []).map((button) =>
    button.type === "web_url"
      ? el("a.offer__button", { href: button.url, target: "_blank", rel: "noreferrer" }, button.title)
      : el("button.offer__button", { type: "button", onclick: () => actions.tap(button) }, button.title),
  )
  return el(
    "div.offer",
    {},
    image ? el("img", { src: local(image.url), alt: "" }) : null,
    el(
      "div.offer__text",
      {},
      el("div.offer__title", { dir: "auto" }, row.title ?? `Product ${row.id}`),
      row.subtitle ? el("div.offer__sub", { dir: "auto" }, row.subtitle) : null,
    ),
    buttons,
  )
}

function tools(message, isOwn, actions) {
  const faces = FACES.map((face) => {
    const isSet = message.reactions.customer === face
    return el("button", { type: "button", "aria-pressed": String(isSet), title: isSet ? "Take back" : "React", onclick: () => actions.react(message, face) }, face)
  })
  const own = isOwn
    ? [
        message.text && message.kind === "text" ? el("button.button", { type: "button", onclick: () => actions.edit(message) }, "Edit") : null,
        el("button.button", { type: "button", onclick: () => actions.unsend(message) }, "Unsend"),
      ]
    : []
  return el(
    "div.tools",
    {},
    el("div.tools__emoji", { role: "group", "aria-label": "React" }, faces),
    el("div.tools__row", {}, el("button.button", { type: "button", onclick: () => actions.reply(message) }, "Reply"), own),
  )
}

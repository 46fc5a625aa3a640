// Emoji by what people call them, loaded when somebody types the first ":". The first name is shown.

const TABLE = `
😀 grinning smile happy|😃 smiley happy|😄 smile joy happy|😁 grin beam|😅 sweat_smile phew relief|😂 joy laugh tears lol|🤣 rofl laugh lol|😊 blush smile shy|🙂 slight_smile|🙃 upside_down silly
😉 wink|😍 heart_eyes love|🥰 smiling_hearts love adore|😘 kiss|😋 yum tasty|😜 tongue wink|🤗 hug|🤔 thinking hmm|😐 neutral|😏 smirk
🙄 eye_roll|😬 grimace awkward|😌 relieved calm|😔 pensive sad|😴 sleeping tired|😷 mask ill|🤒 fever ill sick|😎 cool sunglasses|🤩 star_struck wow|🥳 party celebrate birthday
😕 confused|😟 worried|🙁 frown sad|😮 surprised wow open_mouth|😲 astonished shock|🥺 pleading please|😢 cry sad tear|😭 sob cry|😱 scream shock|😞 disappointed
😓 sweat|😩 weary|😤 triumph huff|😡 angry rage mad|👍 thumbs_up yes ok +1 like|👎 thumbs_down no -1|👌 ok_hand perfect|✌️ victory peace|🤞 fingers_crossed luck hope|🤝 handshake deal
👏 clap applause bravo|🙌 raised_hands hooray|🙏 pray please thanks thank_you folded_hands|💪 muscle strong|👋 wave hello hi bye|👉 point_right|👇 point_down|☝️ point_up|✅ check done yes tick|❌ cross no x
❗ exclamation|❓ question|⚠️ warning caution|ℹ️ info|🔜 soon|🆕 new|🎉 tada party celebrate|🎁 gift present|🎀 ribbon bow|✨ sparkles new shine
⭐ star|🔥 fire hot|💯 hundred perfect|❤️ heart love red_heart|🧡 orange_heart|💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|🖤 black_heart
🤍 white_heart|💕 two_hearts love|🌸 blossom flower|🌷 tulip flower|🌿 herb leaf|☀️ sun sunny|🌙 moon night|☕ coffee|🍰 cake|📦 package parcel box
🚚 truck delivery shipping|📬 mailbox post|✉️ envelope letter mail|📷 camera photo|📞 phone call|⏰ alarm clock|📅 calendar date|🔗 link|📎 paperclip|💳 card credit_card pay
💶 euro money|🏷️ label price tag|🛍️ shopping bags|👗 dress|👚 blouse|👕 shirt tshirt|👖 jeans trousers|👟 sneaker shoe|👠 heel shoe|🧣 scarf
🧥 coat jacket|👜 handbag bag|💍 ring|📏 ruler size|🧵 thread sewing|🚀 rocket|🌍 world earth|🏠 house home|🎂 birthday cake|🍀 clover luck`

const all = TABLE.trim()
  .split(/[|\n]/)
  .map((row) => row.split(" "))
  .map(([emoji, ...names]) => ({ emoji, names }))

// The best `most` for what was typed: its very name, then names that begin with it, then those that have it in them.
export function findEmoji(words, most = 6) {
  const fit = (name) => (name === words ? 0 : name.startsWith(words) ? 1 : name.includes(words) ? 2 : 9)
  const rank = ({ names }) => Math.min(...names.map(fit), 2 * fit(names[0]) - 1)
  return all
    .map((one) => ({ ...one, rank: rank(one) }))
    .filter((one) => one.rank < 9)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, most)
}

"""Finding messages, people and tickets by what was written: what is searched (`index`), what a person asks for
(`asking`), and the answers (`finding`, `answers`)."""

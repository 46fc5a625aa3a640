"""The people who write to the demo shop: names as they are given where each language is spoken, and their handles."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

_FIRST = {
    "en": "Alice Beth Charlotte Daisy Eleanor Fiona Georgia Holly Isla Jess Katie Lucy Maeve Niamh Poppy Ruby Sophie "
    "Tess Willa Zara Aisha Priya Chloe Imogen Harry Owen Sam Theo",
    "es": "Alba Beatriz Carmen Elena Gloria Irene Julia Laura María Nerea Paula Raquel Sara Teresa Valeria Marta "
    "Noelia Cristina Andrea Patricia Rocío Jimena Diego Álvaro Hugo Sergio",
    "de": "Anna Britta Charlotte Denise Eva Franziska Hanna Ida Johanna Katharina Lea Marie Nele Paula Ronja Sabine "
    "Tanja Ulrike Verena Jule Friederike Svenja Annika Lukas Moritz Niklas Florian",
}
_LAST = {
    "en": "Adams Baker Carter Doyle Ellis Foster Green Hughes Irving Johnson Kelly Lewis Murphy Nolan Parker Quinn "
    "Reid Shaw Turner Walsh Young Ahmed Patel Morgan Byrne",
    "es": "Alonso Blanco Castro Díaz Esteban Flores García Herrero Izquierdo Jiménez León Molina Núñez Ortega Prieto "
    "Ramos Santos Torres Vega Campos Serrano Ibáñez",
    "de": "Arnold Bauer Claus Dietrich Engel Fischer Graf Hahn Jansen Keller Lang Maier Neumann Otto Peters Roth "
    "Schmidt Thiel Ullrich Vogel Wagner Zimmermann Köhler Böhm",
}
_LOCALES = {"en": ("en_GB", "en_US", "en_IE"), "es": ("es_ES", "es_ES", "es_MX"), "de": ("de_DE", "de_DE", "de_AT")}


@dataclass(frozen=True)
class Customer:
    """`id` is the platform's for them (16 digits), `inbox` the name of the one that they write to."""

    id: str
    name: str
    username: str
    locale: str
    inbox: str
    followers: int = 0

    @property
    def language(self) -> str:
        return self.locale[:2]

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


def somebody(rng: random.Random, language: str, inbox: str, *, taken: set[str]) -> Customer:
    """A person with a handle that nobody in `taken` has; it is added there."""
    first, last = rng.choice(_FIRST[language].split()), rng.choice(_LAST[language].split())
    username = _free(rng, plain(first), plain(last), taken)
    taken.add(username)
    name = first if rng.random() < 0.12 else f"{first} {last}"
    return Customer(
        person_id(username), name, username, rng.choice(_LOCALES[language]), inbox, int(rng.lognormvariate(5.6, 1.1))
    )


def person_id(username: str) -> str:
    """16 digits, the same for the same handle."""
    return str(1_200_000_000_000_000 + random.Random(username).randrange(7 * 10**15))


def plain(name: str) -> str:
    """Letters as handles have them: María → maria."""
    kept = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in kept if letter.isascii() and letter.isalnum())


def _free(rng: random.Random, first: str, last: str, taken: set[str]) -> str:
    while True:
        number = rng.choice(("", "", str(rng.randrange(10, 99)), str(rng.randrange(1986, 2006))))
        shapes = (f"{first}.{last}", f"{first}_{last}", f"{first}{last[0]}", f"{first}.{last[:3]}", f"its.{first}")
        username = f"{rng.choice(shapes)}{number}"
        if username not in taken:
            return username

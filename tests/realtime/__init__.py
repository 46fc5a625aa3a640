"""The agents' screens: what is told, to whom, and how a page that missed it becomes right again."""

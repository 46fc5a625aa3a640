"""A make-believe Instagram in its own process: the customers' phones, the Graph API and the webhooks it posts.

It needs the standard library alone and imports nothing else of this repository, so that it stays a second reading of
the platform's documentation and not an echo of our own.
"""

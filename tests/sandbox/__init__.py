"""The make-believe platform, tested as its own: over HTTP, against the saved payloads, without the desk."""

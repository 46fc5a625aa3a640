"""The commands, the supervisor and the server under `web`."""

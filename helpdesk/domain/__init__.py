"""What can happen: every change is a verb here, and records its event. Nothing here commits, emits or enqueues."""

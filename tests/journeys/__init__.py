"""Whole ways through the desk, from the platform's door to the agent's page and back."""
